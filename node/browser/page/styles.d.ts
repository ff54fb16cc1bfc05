/** Vite takes the style sheet; the compiler only has to know that it is there. */
declare module '*.css'

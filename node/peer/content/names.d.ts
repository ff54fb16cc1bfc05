/** Longest name in bytes: the limit of the common file systems. */
export declare const MAX_NAME_BYTES = 255;
/** Deepest path in names: far beyond any result, and short of what exhausts a stack. */
export declare const MAX_DEPTH = 64;
/** Why a single name is refused, or undefined when it is fine. */
export declare function badName(name: string): string | undefined;
/**
 * The names of a relative path.
 *
 * @throws LilyError CONTENT_BAD_NAME
 */
export declare function splitPath(path: string): string[];
/** @throws LilyError CONTENT_BAD_NAME */
export declare function assertName(name: string, path: string): void;

/* WASI has no long jumps; flite would use one to leave after an error that it cannot mend. It ends instead. */
#ifndef LILY_SETJMP_H
#define LILY_SETJMP_H

#include <stdlib.h>

typedef int jmp_buf[1];

#define setjmp(place) ((void)(place), 0)
#define longjmp(place, value) (abort())

#endif

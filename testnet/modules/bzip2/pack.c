/* Packs a file with bzip2 at its strongest. Usage: pack <file>; the result is /outputs/packed.bz2. */
#include <stdio.h>
#include <stdlib.h>

#include "bzlib.h"

/* The library's word when its own sums are wrong. */
void bz_internal_error(int code) {
  fprintf(stderr, "pack: bzip2 is at odds with itself: %d\n", code);
  exit(2);
}

static int fail(const char *why) {
  fprintf(stderr, "pack: %s\n", why);
  return 1;
}

int main(int argc, char **argv) {
  static char from[1 << 16], to[1 << 16];
  if (argc != 2) return fail("usage: pack <file>");
  FILE *in = fopen(argv[1], "rb"), *out = fopen("/outputs/packed.bz2", "wb");
  if (in == NULL || out == NULL) return fail("a file cannot be opened");
  bz_stream stream = {0};
  if (BZ2_bzCompressInit(&stream, 9, 0, 0) != BZ_OK) return fail("there is no memory");
  long taken = 0, given = 0;
  for (int code = BZ_RUN_OK; code != BZ_STREAM_END;) {
    if (stream.avail_in == 0 && !feof(in)) {
      stream.next_in = from;
      stream.avail_in = (unsigned)fread(from, 1, sizeof from, in);
      taken += stream.avail_in;
    }
    stream.next_out = to;
    stream.avail_out = sizeof to;
    code = BZ2_bzCompress(&stream, feof(in) ? BZ_FINISH : BZ_RUN);
    if (code < 0) return fail("bzip2 failed");
    size_t got = sizeof to - stream.avail_out;
    given += (long)got;
    if (fwrite(to, 1, got, out) != got) return fail("there is no room for the result");
  }
  if (fclose(out) != 0) return fail("there is no room for the result");
  printf("%ld bytes in, %ld bytes out\n", taken, given);
  return 0;
}

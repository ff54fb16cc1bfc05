/* Pictures for the modules: JPEG and PNG in, PNG out, by Debian's libstb-dev. Plain C throughout, so that every build and
 * every engine sees the same bytes; failures that only name lines of the library are left out. */
#ifndef LILY_IMAGE_H
#define LILY_IMAGE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A picture of 8 bits for each of red, green and blue, row by row from the top. */
struct image {
  int width;
  int height;
  uint8_t *pixels;
};

#ifdef LILY_IMAGE_READ
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ASSERT(x) ((void)0)
#define STBI_FAILURE_USERMSG
#define STBI_MAX_DIMENSIONS 8192
#define STBI_NO_LINEAR
#define STBI_NO_SIMD
#define STBI_NO_THREAD_LOCALS
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#pragma clang diagnostic pop

/* Reads a JPEG or PNG. Returns NULL, or why it cannot. */
static const char *image_read(const char *path, struct image *image) {
  int channels;
  image->pixels = stbi_load(path, &image->width, &image->height, &channels, 3);
  return image->pixels == NULL ? stbi_failure_reason() : NULL;
}
#endif

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBIW_ASSERT(x) ((void)0)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-function"
#include <stb/stb_image_write.h>
#pragma clang diagnostic pop

/* Writes a PNG. Returns whether all of it is there. */
static int image_write(const char *path, const struct image *image) {
  return stbi_write_png(path, image->width, image->height, 3, image->pixels, image->width * 3) != 0;
}

#endif

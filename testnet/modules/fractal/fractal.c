/* A long job that shows how far it is: a part of the Mandelbrot set as a picture, row after row, with a line on stderr for
 * each part in twenty. Usage: fractal <x> <y> <width> <pixels> <iterations>; the picture is /outputs/fractal.png. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../c/image.h"

#define MAX_PIXELS 4096
#define MAX_ITERATIONS 1000000
#define PARTS 20
/* Points are followed until far out, so that the colours pass into one another. */
#define FAR 65536.0

/* How long a point stays, with the fraction of its last step; less than 0 for one that does not leave. */
static double stay(double cx, double cy, int iterations) {
  double x = 0, y = 0, xx = 0, yy = 0;
  for (int i = 0; i < iterations; i++) {
    y = 2 * x * y + cy;
    x = xx - yy + cx;
    xx = x * x;
    yy = y * y;
    if (xx + yy > FAR) return i + 1 - log2(log2(xx + yy) / 2);
  }
  return -1;
}

static uint8_t wave(double at) { return (uint8_t)(127.5 + 127.5 * cos(at)); }

static void colour(double stayed, uint8_t pixel[3]) {
  double at = stayed < 0 ? 0 : 0.35 * sqrt(stayed) + 3;
  pixel[0] = stayed < 0 ? 0 : wave(at);
  pixel[1] = stayed < 0 ? 0 : wave(at + 0.6);
  pixel[2] = stayed < 0 ? 0 : wave(at + 1.1);
}

static int refuse(const char *why) {
  fprintf(stderr, "fractal: %s\n", why);
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 6) return refuse("usage: fractal <x> <y> <width> <pixels> <iterations>");
  double x = atof(argv[1]), y = atof(argv[2]), width = atof(argv[3]);
  int size = atoi(argv[4]), iterations = atoi(argv[5]);
  if (!(width > 0)) return refuse("the width must be above 0");
  if (size < 1 || size > MAX_PIXELS) return refuse("the picture may be 1 to 4096 pixels wide");
  if (iterations < 1 || iterations > MAX_ITERATIONS) return refuse("there may be 1 to 1000000 iterations");
  struct image image = {size, size, malloc((size_t)size * size * 3)};
  if (image.pixels == NULL) return refuse("there is no memory for such a picture");
  for (int row = 0, told = 0; row < size; row++) {
    for (int column = 0; column < size; column++) {
      double cx = x + ((column + 0.5) / size - 0.5) * width, cy = y - ((row + 0.5) / size - 0.5) * width;
      colour(stay(cx, cy, iterations), image.pixels + ((size_t)row * size + column) * 3);
    }
    int part = (row + 1) * PARTS / size;
    if (part > told) fprintf(stderr, "%d %%\n", part * 100 / PARTS);
    told = part;
  }
  if (!image_write("/outputs/fractal.png", &image)) return refuse("/outputs/fractal.png cannot be written");
  printf("%d by %d around %s, %s\n", size, size, argv[1], argv[2]);
  return 0;
}

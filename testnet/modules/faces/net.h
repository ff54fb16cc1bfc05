/* BlazeFace, the front-camera model: a small network that finds faces in a picture of 128 by 128 (Bazarevsky et al.,
 * "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019). The weights lie in weights.inc as weights.ts
 * takes them out of blazeface.onnx: in the order in which they are used here. All sums are taken in one order, in single
 * precision, so that every machine finds the same numbers. */
#ifndef LILY_FACES_NET_H
#define LILY_FACES_NET_H

#include <stdlib.h>
#include <string.h>

#define INPUT_SIZE 128
#define ANCHORS 896
#define BOX_VALUES 16

static const float WEIGHTS[] = {
#include "weights.inc"
};

/* A feature map: planes of size by size values. */
struct map {
  int channels;
  int size;
  float *values;
};

/* What the network says of one anchor: how sure it is of a face, the box's middle and size, and six points. */
struct guess {
  float logit;
  float box[BOX_VALUES];
  float anchor_x;
  float anchor_y;
};

static const float *next_weight = WEIGHTS;

static const float *weights(int count) {
  const float *taken = next_weight;
  next_weight += count;
  return taken;
}

static struct map map_of(int channels, int size) {
  struct map map = {channels, size, calloc((size_t)channels * size * size, sizeof(float))};
  if (map.values == NULL) abort();
  return map;
}

/* Adds one plane, seen through one kernel, to another plane. Outside of a plane there are zeroes. */
static void convolve_plane(const float *from, int size, float *to, int to_size, const float *kernel, int width, int stride,
                           int before) {
  for (int ky = 0; ky < width; ky++) {
    for (int kx = 0; kx < width; kx++) {
      float weight = kernel[ky * width + kx];
      for (int y = 0; y < to_size; y++) {
        int fy = y * stride + ky - before;
        if (fy < 0 || fy >= size) continue;
        for (int x = 0; x < to_size; x++) {
          int fx = x * stride + kx - before;
          if (fx >= 0 && fx < size) to[y * to_size + x] += weight * from[fy * size + fx];
        }
      }
    }
  }
}

/* Each plane through a 3 by 3 kernel of its own; with a stride of 2 the padding is at the far side alone. */
static struct map depthwise(struct map from, int stride) {
  struct map to = map_of(from.channels, from.size / stride);
  const float *kernels = weights(from.channels * 9);
  int before = stride == 1 ? 1 : 0;
  for (int c = 0; c < from.channels; c++) {
    convolve_plane(from.values + (size_t)c * from.size * from.size, from.size, to.values + (size_t)c * to.size * to.size,
                   to.size, kernels + c * 9, 3, stride, before);
  }
  return to;
}

/* Every plane of the result is a weighted sum of all planes. */
static struct map pointwise(struct map from, int channels) {
  struct map to = map_of(channels, from.size);
  const float *matrix = weights(channels * from.channels);
  const float *bias = weights(channels);
  int area = from.size * from.size;
  for (int c = 0; c < channels; c++) {
    float *plane = to.values + (size_t)c * area;
    for (int i = 0; i < area; i++) plane[i] = bias[c];
    for (int k = 0; k < from.channels; k++) {
      const float *source = from.values + (size_t)k * area;
      float weight = matrix[c * from.channels + k];
      for (int i = 0; i < area; i++) plane[i] += weight * source[i];
    }
  }
  return to;
}

/* The shortcut of a block: the input, at half the size where the block halves it, under the block's own result. */
static void add_shortcut(struct map to, struct map from, int stride) {
  for (int c = 0; c < from.channels; c++) {
    const float *source = from.values + (size_t)c * from.size * from.size;
    float *plane = to.values + (size_t)c * to.size * to.size;
    for (int y = 0; y < to.size; y++) {
      for (int x = 0; x < to.size; x++) {
        float most = source[y * stride * from.size + x * stride];
        for (int i = 1; i < stride * stride; i++) {
          float other = source[(y * stride + i / stride) * from.size + x * stride + i % stride];
          if (other > most) most = other;
        }
        plane[y * to.size + x] += most;
      }
    }
  }
}

static void rectify(struct map map) {
  size_t count = (size_t)map.channels * map.size * map.size;
  for (size_t i = 0; i < count; i++) map.values[i] = map.values[i] > 0 ? map.values[i] : 0;
}

static struct map block(struct map from, int channels, int stride) {
  struct map middle = depthwise(from, stride);
  struct map to = pointwise(middle, channels);
  add_shortcut(to, from, stride);
  rectify(to);
  free(middle.values);
  free(from.values);
  return to;
}

/* The first layer: 5 by 5, stride 2, over the three colours; one more row of padding at the far side. */
static struct map stem(struct map picture) {
  struct map to = map_of(24, picture.size / 2);
  const float *kernels = weights(24 * 3 * 25);
  const float *bias = weights(24);
  for (int c = 0; c < 24; c++) {
    float *plane = to.values + (size_t)c * to.size * to.size;
    for (int i = 0; i < to.size * to.size; i++) plane[i] = bias[c];
    for (int k = 0; k < 3; k++) {
      convolve_plane(picture.values + (size_t)k * picture.size * picture.size, picture.size, plane, to.size,
                     kernels + (c * 3 + k) * 25, 5, 2, 1);
    }
  }
  rectify(to);
  free(picture.values);
  return to;
}

/* Reads guesses off a map: `anchors` of them at each place, plane after plane. */
static struct guess *read_guesses(struct map features, int anchors, struct guess *guesses) {
  struct map logits = pointwise(features, anchors);
  struct map boxes = pointwise(features, anchors * BOX_VALUES);
  int area = features.size * features.size;
  for (int place = 0; place < area; place++) {
    for (int a = 0; a < anchors; a++, guesses++) {
      guesses->logit = logits.values[a * area + place];
      for (int v = 0; v < BOX_VALUES; v++) guesses->box[v] = boxes.values[(a * BOX_VALUES + v) * area + place];
      guesses->anchor_x = (place % features.size + 0.5f) / features.size * INPUT_SIZE;
      guesses->anchor_y = (place / features.size + 0.5f) / features.size * INPUT_SIZE;
    }
  }
  free(logits.values);
  free(boxes.values);
  return guesses;
}

/* Runs the network over a picture with values from -1 to 1, which it frees. */
static void find_guesses(struct map picture, struct guess guesses[ANCHORS]) {
  static const int CHANNELS[] = {24, 28, 32, 36, 42, 48, 56, 64, 72, 80, 88, 96, 96, 96, 96, 96};
  struct map map = stem(picture);
  for (int i = 0; i < 16; i++) {
    int stride = i == 2 || i == 5 || i == 11 ? 2 : 1;
    // The finer of the two grids is read before the last halving.
    if (i == 11) guesses = read_guesses(map, 2, guesses);
    map = block(map, CHANNELS[i], stride);
  }
  read_guesses(map, 6, guesses);
  free(map.values);
}

#endif

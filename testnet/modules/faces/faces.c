/* Finds faces in a picture: a list of them as JSON, and the picture with each framed. Usage: faces <picture>, a JPEG or
 * PNG; it writes /outputs/faces.json and /outputs/faces.png. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#define LILY_IMAGE_READ
#include "../c/image.h"
#include "net.h"

#define MAX_FACES 64
#define POINTS 6
#define SURE 0.5f
#define SAME_FACE 0.3f

struct face {
  float score;
  float x, y, width, height;
  float points[POINTS][2];
};

static const char *const POINT_NAMES[POINTS] = {"rightEye", "leftEye", "nose", "mouth", "rightEar", "leftEar"};

/* How the picture lies in the network's square: scaled to fit, in the middle. */
struct frame {
  float scale;
  float left;
  float top;
};

static struct frame frame_of(const struct image *image) {
  float scale = (float)(image->width > image->height ? image->width : image->height) / INPUT_SIZE;
  struct frame frame = {scale, (image->width - INPUT_SIZE * scale) / 2, (image->height - INPUT_SIZE * scale) / 2};
  return frame;
}

/* The mean of 4 by 4 samples under each of the network's pixels; black where there is no picture. */
static struct map shrink(const struct image *image, struct frame frame) {
  struct map map = map_of(3, INPUT_SIZE);
  for (int y = 0; y < INPUT_SIZE; y++) {
    for (int x = 0; x < INPUT_SIZE; x++) {
      int sums[3] = {0, 0, 0};
      for (int i = 0; i < 16; i++) {
        int px = (int)floorf(frame.left + (x + (i % 4 + 0.5f) / 4) * frame.scale);
        int py = (int)floorf(frame.top + (y + (i / 4 + 0.5f) / 4) * frame.scale);
        if (px < 0 || py < 0 || px >= image->width || py >= image->height) continue;
        const uint8_t *pixel = image->pixels + ((size_t)py * image->width + px) * 3;
        for (int c = 0; c < 3; c++) sums[c] += pixel[c];
      }
      for (int c = 0; c < 3; c++) map.values[(c * INPUT_SIZE + y) * INPUT_SIZE + x] = sums[c] / 16.0f / 127.5f - 1;
    }
  }
  return map;
}

static struct face face_of(const struct guess *guess, struct frame frame) {
  const float *box = guess->box;
  struct face face = {.score = 1 / (1 + expf(-fminf(fmaxf(guess->logit, -100), 100)))};
  face.x = frame.left + (guess->anchor_x + box[0] - box[2] / 2) * frame.scale;
  face.y = frame.top + (guess->anchor_y + box[1] - box[3] / 2) * frame.scale;
  face.width = box[2] * frame.scale;
  face.height = box[3] * frame.scale;
  for (int p = 0; p < POINTS; p++) {
    face.points[p][0] = frame.left + (guess->anchor_x + box[4 + p * 2]) * frame.scale;
    face.points[p][1] = frame.top + (guess->anchor_y + box[5 + p * 2]) * frame.scale;
  }
  return face;
}

/* What two boxes share, as a part of what they cover together. */
static float overlap(const struct face *a, const struct face *b) {
  float width = fminf(a->x + a->width, b->x + b->width) - fmaxf(a->x, b->x);
  float height = fminf(a->y + a->height, b->y + b->height) - fmaxf(a->y, b->y);
  if (width <= 0 || height <= 0) return 0;
  return width * height / (a->width * a->height + b->width * b->height - width * height);
}

/* The surest guesses first; those that lie over a surer one are the same face. */
static int choose_faces(const struct guess *guesses, struct frame frame, struct face *faces) {
  static int is_out[ANCHORS];
  int count = 0;
  while (count < MAX_FACES) {
    int best = -1;
    for (int i = 0; i < ANCHORS; i++) {
      if (!is_out[i] && (best < 0 || guesses[i].logit > guesses[best].logit)) best = i;
    }
    if (best < 0) break;
    struct face face = face_of(&guesses[best], frame);
    if (!(face.score >= SURE)) break;
    faces[count++] = face;
    for (int i = 0; i < ANCHORS; i++) {
      struct face other = face_of(&guesses[i], frame);
      if (i == best || overlap(&face, &other) > SAME_FACE) is_out[i] = 1;
    }
  }
  return count;
}

static void dot(struct image *image, int x, int y, const uint8_t colour[3]) {
  if (x < 0 || y < 0 || x >= image->width || y >= image->height) return;
  memcpy(image->pixels + ((size_t)y * image->width + x) * 3, colour, 3);
}

static void fill(struct image *image, int x, int y, int width, int height, const uint8_t colour[3]) {
  for (int j = 0; j < height; j++) {
    for (int i = 0; i < width; i++) dot(image, x + i, y + j, colour);
  }
}

static void draw(struct image *image, const struct face *face) {
  static const uint8_t FRAME[3] = {255, 40, 90}, POINT[3] = {60, 255, 120};
  int x = (int)roundf(face->x), y = (int)roundf(face->y);
  int width = (int)roundf(face->width), height = (int)roundf(face->height);
  int line = image->width / 200 + 1;
  fill(image, x, y, width, line, FRAME);
  fill(image, x, y + height - line, width, line, FRAME);
  fill(image, x, y, line, height, FRAME);
  fill(image, x + width - line, y, line, height, FRAME);
  for (int p = 0; p < POINTS; p++) {
    int px = (int)roundf(face->points[p][0]), py = (int)roundf(face->points[p][1]);
    fill(image, px - line, py - line, line * 2 + 1, line * 2 + 1, POINT);
  }
}

static void print_json(FILE *out, const struct image *image, const struct face *faces, int count) {
  fprintf(out, "{\n  \"width\": %d,\n  \"height\": %d,\n  \"faces\": [", image->width, image->height);
  for (int i = 0; i < count; i++) {
    const struct face *face = &faces[i];
    fprintf(out, "%s\n    {\n      \"score\": %.6f,\n      \"x\": %.2f,\n      \"y\": %.2f,\n", i > 0 ? "," : "",
            (double)face->score, (double)face->x, (double)face->y);
    fprintf(out, "      \"width\": %.2f,\n      \"height\": %.2f,\n      \"points\": {", (double)face->width,
            (double)face->height);
    for (int p = 0; p < POINTS; p++) {
      fprintf(out, "%s\n        \"%s\": [%.2f, %.2f]", p > 0 ? "," : "", POINT_NAMES[p], (double)face->points[p][0],
              (double)face->points[p][1]);
    }
    fprintf(out, "\n      }\n    }");
  }
  fprintf(out, "%s]\n}\n", count > 0 ? "\n  " : "");
}

static int refuse(const char *what, const char *why) {
  fprintf(stderr, "faces: %s: %s\n", what, why);
  return 1;
}

int main(int argc, char **argv) {
  static struct guess guesses[ANCHORS];
  static struct face faces[MAX_FACES];
  if (argc != 2) return refuse("usage", "faces <picture>");
  struct image image;
  const char *problem = image_read(argv[1], &image);
  if (problem != NULL) return refuse("this is no JPEG or PNG that can be read", problem);
  struct frame frame = frame_of(&image);
  find_guesses(shrink(&image, frame), guesses);
  int count = choose_faces(guesses, frame, faces);
  FILE *json = fopen("/outputs/faces.json", "w");
  if (json == NULL) return refuse("/outputs/faces.json", "it cannot be written");
  print_json(json, &image, faces, count);
  if (fclose(json) != 0) return refuse("/outputs/faces.json", "it cannot be written");
  for (int i = 0; i < count; i++) draw(&image, &faces[i]);
  if (!image_write("/outputs/faces.png", &image)) return refuse("/outputs/faces.png", "it cannot be written");
  printf("%d face%s in a picture of %d by %d\n", count, count == 1 ? "" : "s", image.width, image.height);
  return 0;
}

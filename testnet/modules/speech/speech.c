/* Says a text: flite (Carnegie Mellon University, BSD-like) with its English voice "kal". Usage: speech <text>; the sound is
 * /outputs/speech.wav. */
#include <stdio.h>

#include "flite.h"

cst_voice *register_cmu_us_kal(const char *folder);

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: speech <text>\n");
    return 1;
  }
  flite_init();
  cst_voice *voice = register_cmu_us_kal(NULL);
  cst_wave *wave = flite_text_to_wave(argv[1], voice);
  if (wave == NULL || cst_wave_save_riff(wave, "/outputs/speech.wav") != CST_OK_FORMAT) {
    fprintf(stderr, "speech: the sound could not be made\n");
    return 1;
  }
  int hundredths = cst_wave_num_samples(wave) * 100 / cst_wave_sample_rate(wave);
  printf("%d.%02d s of speech\n", hundredths / 100, hundredths % 100);
  return 0;
}

/*
 * A cow that says what it is told, as Debian's cowsay does in the C locale: the words are filled into lines of at most 39
 * bytes, paragraphs are kept, and the balloon's corners depend on how many lines there are. The WASM module and the
 * Docker module of the real program give the same bytes, so that their results have the same CID.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 39 };

static char **lines;
static size_t lineCount, lineRoom;

static void *mustHave(void *memory) {
  if (memory == NULL) {
    fputs("out of memory\n", stderr);
    exit(1);
  }
  return memory;
}

static void addLine(const char *start, size_t length) {
  if (lineCount == lineRoom) {
    lineRoom = lineRoom ? 2 * lineRoom : 16;
    lines = mustHave(realloc(lines, lineRoom * sizeof *lines));
  }
  char *line = mustHave(malloc(length + 1));
  memcpy(line, start, length);
  line[length] = 0;
  lines[lineCount++] = line;
}

/* What Perl's \s matches in a string of bytes. */
static int isSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* Turns each run of white space into one space, in place. */
static size_t squeeze(char *text, size_t length) {
  size_t kept = 0;
  for (size_t i = 0; i < length; i++) {
    if (!isSpace(text[i])) text[kept++] = text[i];
    else if (kept == 0 || i == 0 || !isSpace(text[i - 1])) text[kept++] = ' ';
  }
  return kept;
}

/* Where a line may be broken: in wrapping, Perl counts Latin-1's next-line and no-break space as white space too. */
static int isBreak(char c) { return c == ' ' || c == (char)0x85 || c == (char)0xa0; }

/* How many bytes the next line takes of those that are left: up to a break, or all it can of a word that is too long. */
static size_t lineLength(const char *text, size_t length) {
  if (length <= LINE_BYTES) return length;
  for (size_t take = LINE_BYTES + 1; take-- > 0;)
    if (isBreak(text[take])) return take;
  return LINE_BYTES;
}

/* Fills one paragraph into lines. Breaks at its end are dropped, but for the first one after a full line. */
static void wrap(const char *text, size_t length) {
  size_t end = length;
  while (end > 0 && isBreak(text[end - 1])) end--;
  if (end == 0) addLine("", 0);
  for (size_t at = 0; at < end;) {
    size_t take = lineLength(text + at, length - at);
    size_t next = at + take + (at + take < length && isBreak(text[at + take]));
    addLine(text + at, (next >= end ? next : at + take) - at);
    at = next;
  }
}

/* Paragraphs begin where a line begins with white space; an empty line stands between two of them. */
static void fill(char *text) {
  char *start = text;
  for (;;) {
    char *end = start;
    while (*end && !(end[0] == '\n' && isSpace(end[1]))) end++;
    char *next = end;
    if (*next) do next++; while (isSpace(*next));
    wrap(start, squeeze(start, (size_t)(end - start)));
    if (!*end) return;
    addLine("", 0);
    start = next;
  }
}

static char *readAll(void) {
  size_t length = 0, room = 4096;
  char *text = mustHave(malloc(room));
  for (size_t got; (got = fread(text + length, 1, room - length - 1, stdin)) > 0;) {
    length += got;
    if (room - length < 2) text = mustHave(realloc(text, room *= 2));
  }
  text[length] = 0;
  if (length && text[length - 1] == '\n') text[length - 1] = 0;
  return text;
}

static char *joinArguments(int count, char **arguments) {
  size_t length = 1;
  for (int i = 0; i < count; i++) length += strlen(arguments[i]) + 1;
  char *text = mustHave(malloc(length)), *end = text;
  for (int i = 0; i < count; i++) {
    if (i > 0) *end++ = ' ';
    end = stpcpy(end, arguments[i]);
  }
  *end = 0;
  return text;
}

/* Columns of a text as libc counts them in the C locale: a control counts -1, and a byte beyond ASCII makes it all -1. */
static long columns(const char *text, size_t length) {
  long count = 0;
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c > 0x7f) return -1;
    count += c < 0x20 || c == 0x7f ? -1 : 1;
  }
  return count;
}

/* Bytes of a colour sequence (ESC [ digits ; digits ... m) that begins here, or 0. */
static size_t colourLength(const char *text) {
  if (text[0] != 27 || text[1] != '[') return 0;
  size_t at = 1;
  do {
    size_t digits = strspn(text + ++at, "0123456789");
    if (digits == 0) return 0;
    at += digits;
  } while (text[at] == ';' && strspn(text + at + 1, "0123456789"));
  return text[at] == 'm' ? at + 1 : 0;
}

/* Columns without colour sequences: what the balloon's size is counted by. */
static long plainColumns(const char *text) {
  char *plain = mustHave(malloc(strlen(text) + 1)), *end = plain;
  while (*text) {
    size_t colour = colourLength(text);
    if (colour) text += colour;
    else *end++ = *text++;
  }
  long count = columns(plain, (size_t)(end - plain));
  free(plain);
  return count;
}

static void putLine(const char *left, const char *text, long width, const char *right) {
  printf("%s %s", left, text);
  for (long pad = width - columns(text, strlen(text)); pad > 0; pad--) putchar(' ');
  printf(" %s\n", right);
}

static void putBorder(char c, long width) {
  putchar(' ');
  while (width-- > 0) putchar(c);
  putchar('\n');
}

int main(int count, char **arguments) {
  int first = count > 1 && strcmp(arguments[1], "--") == 0 ? 2 : 1;
  int isSaid = first < count && *arguments[first] && strcmp(arguments[first], "0") != 0;
  fill(isSaid ? joinArguments(count - first, arguments + first) : readAll());
  while (lineCount > 0 && !*lines[lineCount - 1]) lineCount--;

  long width = 0;
  for (size_t i = 0; i < lineCount; i++)
    if (plainColumns(lines[i]) > width) width = plainColumns(lines[i]);
  putBorder('_', width + 2);
  if (lineCount < 2) {
    putLine("<", lineCount ? lines[0] : "", width, ">");
  } else {
    putLine("/", lines[0], width, "\\");
    for (size_t i = 1; i + 1 < lineCount; i++) putLine("|", lines[i], width, "|");
    putLine("\\", lines[lineCount - 1], width, "/");
  }
  putBorder('-', width + 2);
  fputs(
    "        \\   ^__^\n"
    "         \\  (oo)\\_______\n"
    "            (__)\\       )\\/\\\n"
    "                ||----w |\n"
    "                ||     ||\n",
    stdout
  );
  return 0;
}

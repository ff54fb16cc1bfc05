/* Answers a question in SQL about a table in CSV. Usage: sql <table.csv> <query>; the table's name is `data`, its columns are
 * named by its first line. The answer is written to /outputs/result.csv, its first lines are shown. Everything is in memory:
 * SQLite (public domain) is given no files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite3.h"

#define SHOWN_ROWS 20
#define MAX_COLUMNS 500

/* What SQLite needs of a system: no files, randomness, and a clock. */
static int refuse_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
  (void)vfs, (void)name, (void)flags, (void)out;
  file->pMethods = NULL;
  return SQLITE_CANTOPEN;
}

static int refuse_delete(sqlite3_vfs *vfs, const char *name, int sync) {
  (void)vfs, (void)name, (void)sync;
  return SQLITE_IOERR_DELETE;
}

static int find_nothing(sqlite3_vfs *vfs, const char *name, int flags, int *found) {
  (void)vfs, (void)name, (void)flags;
  *found = 0;
  return SQLITE_OK;
}

static int same_path(sqlite3_vfs *vfs, const char *name, int size, char *out) {
  (void)vfs;
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

static int random_bytes(sqlite3_vfs *vfs, int count, char *out) {
  (void)vfs;
  return getentropy(out, (size_t)count) == 0 ? count : 0;
}

static int no_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs, (void)microseconds;
  return 0;
}

/* Every run happens at the same moment, on every machine: the start of 2025, in milliseconds of the Julian calendar. */
static int one_moment(sqlite3_vfs *vfs, sqlite3_int64 *now) {
  (void)vfs;
  *now = 210866760000000 + 1735689600000;
  return SQLITE_OK;
}

static int no_error(sqlite3_vfs *vfs, int size, char *out) {
  (void)vfs, (void)size, (void)out;
  return 0;
}

int sqlite3_os_init(void) {
  static sqlite3_vfs vfs = {
      .iVersion = 2,
      .szOsFile = sizeof(sqlite3_file),
      .mxPathname = 255,
      .zName = "nowhere",
      .xOpen = refuse_open,
      .xDelete = refuse_delete,
      .xAccess = find_nothing,
      .xFullPathname = same_path,
      .xRandomness = random_bytes,
      .xSleep = no_sleep,
      .xGetLastError = no_error,
      .xCurrentTimeInt64 = one_moment,
  };
  return sqlite3_vfs_register(&vfs, 1);
}

int sqlite3_os_end(void) { return SQLITE_OK; }

/* A growing piece of text. */
struct text {
  char *bytes;
  size_t length;
  size_t room;
};

static void append(struct text *text, char byte) {
  if (text->length == text->room) {
    text->room = text->room * 2 + 64;
    text->bytes = realloc(text->bytes, text->room);
    if (text->bytes == NULL) abort();
  }
  text->bytes[text->length++] = byte;
}

/* The table's text, as far as it is not read yet. */
struct source {
  const char *at;
  const char *end;
};

static int next(struct source *from) { return from->at < from->end ? (unsigned char)*from->at++ : EOF; }

/* Reads a field of CSV (RFC 4180). Returns what ended it: a comma, a line's end, or EOF; *is_quoted says whether it was. */
static int read_field(struct source *from, struct text *field, int *is_quoted) {
  field->length = 0;
  *is_quoted = 0;
  for (int in_quotes = 0;;) {
    int byte = next(from);
    if (byte == EOF) return append(field, 0), EOF;
    if (in_quotes) {
      if (byte != '"') {
        append(field, (char)byte);
      } else if (from->at < from->end && *from->at == '"') {
        append(field, (char)next(from));
      } else {
        in_quotes = 0;
      }
    } else if (byte == '"' && field->length == 0 && !*is_quoted) {
      in_quotes = *is_quoted = 1;
    } else if (byte == ',' || byte == '\n') {
      if (byte == '\n' && field->length > 0 && field->bytes[field->length - 1] == '\r' && !*is_quoted) field->length--;
      return append(field, 0), byte;
    } else if (byte != '\r' || !*is_quoted) {
      append(field, (char)byte);
    }
  }
}

/* The whole of a file, or nothing where it cannot be read. */
static struct source read_file(const char *path) {
  struct source none = {NULL, NULL};
  struct stat stat;
  FILE *file = fopen(path, "rb");
  if (file == NULL || fstat(fileno(file), &stat) != 0) return none;
  char *bytes = malloc((size_t)stat.st_size + 1);
  if (bytes == NULL) return none;
  struct source all = {bytes, bytes + fread(bytes, 1, (size_t)stat.st_size, file)};
  fclose(file);
  return all;
}

static int fail(const char *what, const char *why) {
  fprintf(stderr, "sql: %s: %s\n", what, why);
  return 1;
}

/* Reads the whole table. Columns take numbers for numbers, and an empty field for no value. */
static int load(sqlite3 *base, struct source file) {
  struct text field = {0};
  sqlite3_str *make = sqlite3_str_new(base), *put = sqlite3_str_new(base);
  sqlite3_str_appendall(make, "create table data (");
  sqlite3_str_appendall(put, "insert into data values (");
  int columns = 0, quoted, end;
  do {
    end = read_field(&file, &field, &quoted);
    const char *name = columns == 0 && strncmp(field.bytes, "\xef\xbb\xbf", 3) == 0 ? field.bytes + 3 : field.bytes;
    sqlite3_str_appendf(make, "%s\"%w\" numeric", columns > 0 ? ", " : "", name);
    sqlite3_str_appendall(put, columns > 0 ? ", ?" : "?");
    columns++;
  } while (end == ',' && columns < MAX_COLUMNS);
  if (end == ',') return fail("the table", "it has more than 500 columns");
  char *made = sqlite3_mprintf("%s)", sqlite3_str_value(make)), *putting = sqlite3_mprintf("%s)", sqlite3_str_value(put));
  sqlite3_stmt *row;
  if (sqlite3_exec(base, made, NULL, NULL, NULL) != SQLITE_OK) return fail("the table's first line", sqlite3_errmsg(base));
  if (sqlite3_prepare_v2(base, putting, -1, &row, NULL) != SQLITE_OK) return fail("the table", sqlite3_errmsg(base));
  sqlite3_exec(base, "begin", NULL, NULL, NULL);
  for (int line = 2; end != EOF; line++) {
    int column = 0;
    sqlite3_clear_bindings(row);
    do {
      end = read_field(&file, &field, &quoted);
      // What follows the last line's end is no line.
      if (end == EOF && column == 0 && field.length == 1 && !quoted) break;
      int length = (int)field.length - 1;
      if (column < columns && (length > 0 || quoted))
        sqlite3_bind_text(row, column + 1, field.bytes, length, SQLITE_TRANSIENT);
      column++;
    } while (end == ',');
    if (column == 0) break;
    if (column > columns) {
      fprintf(stderr, "sql: line %d of the table has %d fields, its first line has %d\n", line, column, columns);
      return 1;
    }
    if (sqlite3_step(row) != SQLITE_DONE) return fail("the table", sqlite3_errmsg(base));
    sqlite3_reset(row);
  }
  sqlite3_finalize(row);
  sqlite3_exec(base, "commit", NULL, NULL, NULL);
  return 0;
}

static void write_field(FILE *out, const char *text) {
  if (text == NULL) return;
  if (*text != 0 && strpbrk(text, ",\"\r\n") == NULL) {
    fputs(text, out);
    return;
  }
  putc('"', out);
  for (; *text != 0; text++) {
    if (*text == '"') putc('"', out);
    putc(*text, out);
  }
  putc('"', out);
}

static void write_row(FILE *out, int columns, const char *(*text_of)(sqlite3_stmt *, int), sqlite3_stmt *query) {
  for (int i = 0; i < columns; i++) {
    if (i > 0) putc(',', out);
    write_field(out, text_of(query, i));
  }
  putc('\n', out);
}

static const char *value(sqlite3_stmt *query, int column) { return (const char *)sqlite3_column_text(query, column); }

/* Answers all statements of the query; the last that gives rows is the answer. */
static int answer(sqlite3 *base, const char *text) {
  long rows = 0;
  for (const char *rest = text; *rest != 0;) {
    sqlite3_stmt *query;
    if (sqlite3_prepare_v2(base, rest, -1, &query, &rest) != SQLITE_OK) return fail("the query", sqlite3_errmsg(base));
    if (query == NULL) break;
    int columns = sqlite3_column_count(query), code;
    FILE *out = columns > 0 ? fopen("/outputs/result.csv", "w") : NULL;
    if (columns > 0 && out == NULL) return fail("/outputs/result.csv", "it cannot be written");
    if (out != NULL) {
      rows = 0;
      write_row(out, columns, sqlite3_column_name, query);
      write_row(stdout, columns, sqlite3_column_name, query);
    }
    while ((code = sqlite3_step(query)) == SQLITE_ROW) {
      write_row(out, columns, value, query);
      if (rows++ < SHOWN_ROWS) write_row(stdout, columns, value, query);
    }
    if (code != SQLITE_DONE) return fail("the query", sqlite3_errmsg(base));
    sqlite3_finalize(query);
    if (out != NULL && fclose(out) != 0) return fail("/outputs/result.csv", "there is no room for it");
  }
  if (rows > SHOWN_ROWS) printf("... %ld rows in all\n", rows);
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 3) return fail("usage", "sql <table.csv> <query>");
  sqlite3 *base;
  struct source file = read_file(argv[1]);
  if (file.at == NULL) return fail(argv[1], "it cannot be read");
  if (sqlite3_open(":memory:", &base) != SQLITE_OK) return fail("the database", sqlite3_errmsg(base));
  return load(base, file) || answer(base, argv[2]);
}

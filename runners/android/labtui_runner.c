/* labtui-runner: carries out one launch on the device it runs on.
 *
 * Reads one job from stdin, writes events to stdout; runners/PROTOCOL.md says what they mean. The
 * engine is a library that is opened at run time: LiteRT (2.2 or later) or the TensorFlow Lite C
 * API. Only the C library is needed to build it; it runs on Android (API 26 and later) and Linux.
 *
 * Conventions: times are ns of CLOCK_MONOTONIC unless a name says otherwise. A function that can
 * fail returns false and fills in a Failure, which becomes the `error` event.
 */

#define _GNU_SOURCE /* syscall */

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef LABTUI_VERSION
#define LABTUI_VERSION "unknown"
#endif

#define RUNNER_NAME "labtui-runner"
#define PROTOCOL_VERSION 1
#define NS_PER_S 1000000000LL
#define MAX_PATH_BYTES 4096
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define PRINTF_CHECKED(format, first) __attribute__((__format__(printf, format, first)))

/* ---- Failures ----------------------------------------------------------------------------- */

#define FAILURE_TEXT_BYTES 1024

typedef struct {
    const char *code; /* NULL = nothing failed */
    char text[FAILURE_TEXT_BYTES];
} Failure;

/* Fill in the first failure; a later one is a consequence of it. Always returns false. */
PRINTF_CHECKED(3, 4)
static bool fail(Failure *failure, const char *code, const char *format, ...) {
    if (failure->code == NULL) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(failure->text, sizeof failure->text, format, arguments);
        va_end(arguments);
        failure->code = code;
    }
    return false;
}

static bool out_of_memory(Failure *failure) {
    return fail(failure, "out_of_memory", "not enough memory for this variant: use a smaller one");
}

/* ---- Clocks ------------------------------------------------------------------------------- */

static int64_t clock_ns(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) return 0;
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int64_t mono_ns(void) {
    return clock_ns(CLOCK_MONOTONIC);
}

static int64_t boot_ns(void) {
    int64_t now_ns = clock_ns(CLOCK_BOOTTIME);
    return now_ns != 0 ? now_ns : mono_ns();
}

/* ---- UTF-8 -------------------------------------------------------------------------------- */

#define REPLACEMENT 0xFFFD

/* Read one code point; return how many bytes it takes, 0 where there is none. */
static size_t utf8_read(const char *text, size_t length, uint32_t *point) {
    const unsigned char *bytes = (const unsigned char *)text;
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (length == 0) return 0;
    size_t size = bytes[0] < 0x80   ? 1
                  : bytes[0] < 0xC2 ? 0
                  : bytes[0] < 0xE0 ? 2
                  : bytes[0] < 0xF0 ? 3
                  : bytes[0] < 0xF5 ? 4
                                    : 0;
    if (size == 0 || size > length) return 0;
    *point = size == 1 ? bytes[0] : bytes[0] & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xC0) != 0x80) return 0;
        *point = *point << 6 | (bytes[i] & 0x3F);
    }
    bool is_surrogate = *point >= 0xD800 && *point < 0xE000;
    return *point < lowest[size] || *point > 0x10FFFF || is_surrogate ? 0 : size;
}

/* Write one code point to `text`, which has room for 4 bytes; return how many it took. */
static size_t utf8_write(uint32_t point, char *text) {
    if (point < 0x80) {
        text[0] = (char)point;
        return 1;
    }
    size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, point >>= 6) text[i] = (char)(0x80 | (point & 0x3F));
    text[0] = (char)((0xF00u >> size & 0xF0) | point);
    return size;
}

/* Whether a terminal could be fooled by it: controls, directions, zero widths, separators. */
static bool is_hostile(uint32_t point) {
    static const uint32_t ranges[][2] = {
        {0x00, 0x1F},     {0x7F, 0x9F},     {0x61C, 0x61C},   {0x200B, 0x200F},
        {0x2028, 0x202E}, {0x2060, 0x2069}, {0xFEFF, 0xFEFF},
    };
    for (size_t i = 0; i < COUNT_OF(ranges); i++)
        if (point >= ranges[i][0] && point <= ranges[i][1]) return true;
    return false;
}

/* ---- Text: a buffer that grows, and JSON written into it ---------------------------------- */

#define NAME_LIMIT 120 /* characters of a tensor's, op's or delegate's name */
#define TEXT_LIMIT 400 /* characters of a log or an error */

typedef struct {
    char *bytes;
    size_t length, capacity;
    bool is_fixed; /* `bytes` is not from malloc: never grow */
    bool is_short; /* something did not fit */
} Text;

static bool text_reserve(Text *text, size_t more) {
    if (text->capacity - text->length >= more) return true;
    size_t capacity = text->capacity * 2 + more;
    char *bytes = text->is_fixed ? NULL : realloc(text->bytes, capacity);
    if (bytes == NULL) {
        text->is_short = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

static void text_add(Text *text, const char *bytes, size_t length) {
    if (!text_reserve(text, length)) return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

/* Add short formatted text: keys and numbers. */
PRINTF_CHECKED(2, 3)
static void text_put(Text *text, const char *format, ...) {
    char part[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(part, sizeof part, format, arguments);
    va_end(arguments);
    if (length > 0)
        text_add(text, part, (size_t)length < sizeof part ? (size_t)length : sizeof part - 1);
}

static void text_put_point(Text *text, uint32_t point) {
    char bytes[4];
    if (point == '"' || point == '\\') text_add(text, "\\", 1);
    text_add(text, bytes, utf8_write(point, bytes));
}

/* Add a JSON string of at most `limit` characters, made harmless. */
static void text_put_string(Text *text, const char *string, size_t limit) {
    size_t left = strlen(string), shown = 0;
    text_add(text, "\"", 1);
    while (left > 0) {
        uint32_t point = REPLACEMENT;
        size_t size = utf8_read(string, left, &point);
        if (size == 0 || is_hostile(point)) point = REPLACEMENT;
        if (size == 0) size = 1;
        if (++shown == limit && left > size) point = 0x2026; /* … */
        text_put_point(text, point);
        if (shown == limit) break;
        string += size;
        left -= size;
    }
    text_add(text, "\"", 1);
}

/* Add `"key":"string"`. */
static void text_put_field(Text *text, const char *key, const char *string, size_t limit) {
    text_put(text, "\"%s\":", key);
    text_put_string(text, string, limit);
}

/* ---- JSON reader: strict, bounded, in place ----------------------------------------------- */

#define MAX_LINE_BYTES (1 << 20)
#define MAX_JSON_DEPTH 16
#define MAX_JSON_VALUES 32768

typedef enum {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
} JsonKind;

typedef struct JsonValue {
    JsonKind kind;
    bool is_whole;    /* a number without point and exponent */
    const char *key;  /* in an object */
    const char *text; /* of a string (ends with NUL) or of a number (ends at any other byte) */
    size_t length;    /* of a string; one with a NUL inside is longer than strlen says */
    struct JsonValue *child; /* first element */
    struct JsonValue *next;
} JsonValue;

typedef struct {
    char *at, *end; /* the line; a NUL stands at `end` */
    JsonValue *values;
    size_t count;
    int depth;
} JsonReader;

static JsonValue *json_value(JsonReader *reader);

static JsonValue *json_new(JsonReader *reader, JsonKind kind) {
    if (reader->count == MAX_JSON_VALUES) return NULL;
    JsonValue *value = &reader->values[reader->count++];
    *value = (JsonValue){.kind = kind};
    return value;
}

static void json_skip_space(JsonReader *reader) {
    while (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\r' || *reader->at == '\n')
        reader->at++;
}

static bool json_take(JsonReader *reader, const char *expected) {
    size_t length = strlen(expected);
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, expected, length) != 0)
        return false;
    reader->at += length;
    return true;
}

static bool json_hex4(JsonReader *reader, uint32_t *unit) {
    *unit = 0;
    for (int i = 0; i < 4; i++, reader->at++) {
        char c = *reader->at;
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) return false;
        *unit = *unit << 4 | (uint32_t)digit;
    }
    return true;
}

/* Read what follows a backslash; two escapes make one code point beyond U+FFFF. */
static bool json_escape(JsonReader *reader, uint32_t *point) {
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char letter = *reader->at++;
    const char *found = letter != '\0' ? strchr(letters, letter) : NULL;
    if (found != NULL) {
        *point = (unsigned char)meant[found - letters];
        return true;
    }
    if (letter != 'u' || !json_hex4(reader, point)) return false;
    if (*point < 0xD800 || *point >= 0xE000) return true;
    uint32_t low = 0;
    if (*point >= 0xDC00 || !json_take(reader, "\\u") || !json_hex4(reader, &low)) return false;
    if (low < 0xDC00 || low >= 0xE000) return false;
    *point = 0x10000 + ((*point - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

/* Decode a string over itself (it never grows) and end it with a NUL. */
static const char *json_text(JsonReader *reader, size_t *length) {
    if (!json_take(reader, "\"")) return NULL;
    char *start = reader->at, *out = start;
    while (*reader->at != '"') {
        uint32_t point = 0;
        if (*reader->at == '\\') {
            reader->at++;
            if (!json_escape(reader, &point)) return NULL;
        } else {
            size_t size = utf8_read(reader->at, (size_t)(reader->end - reader->at), &point);
            if (size == 0 || point < 0x20) return NULL;
            reader->at += size;
        }
        out += utf8_write(point, out);
    }
    reader->at++;
    *out = '\0';
    *length = (size_t)(out - start);
    return start;
}

static JsonValue *json_string(JsonReader *reader) {
    size_t length = 0;
    const char *text = json_text(reader, &length);
    JsonValue *value = text != NULL ? json_new(reader, JSON_STRING) : NULL;
    if (value == NULL) return NULL;
    value->text = text;
    value->length = length;
    return value;
}

static bool json_digits(JsonReader *reader) {
    char *start = reader->at;
    while (*reader->at >= '0' && *reader->at <= '9') reader->at++;
    return reader->at > start;
}

static JsonValue *json_number(JsonReader *reader) {
    JsonValue *value = json_new(reader, JSON_NUMBER);
    if (value == NULL) return NULL;
    value->text = reader->at;
    value->is_whole = true;
    json_take(reader, "-");
    if (!json_take(reader, "0") && !json_digits(reader)) return NULL;
    if (json_take(reader, ".")) {
        value->is_whole = false;
        if (!json_digits(reader)) return NULL;
    }
    if (*reader->at == 'e' || *reader->at == 'E') {
        value->is_whole = false;
        reader->at++;
        if (!json_take(reader, "+")) json_take(reader, "-");
        if (!json_digits(reader)) return NULL;
    }
    return value;
}

/* Read `[a, b]` or `{"k": a}`, whose opening bracket is next. */
static JsonValue *json_container(JsonReader *reader, JsonKind kind, const char *close) {
    JsonValue *container = json_new(reader, kind);
    if (container == NULL || ++reader->depth > MAX_JSON_DEPTH) return NULL;
    JsonValue **link = &container->child;
    reader->at++;
    json_skip_space(reader);
    bool is_done = json_take(reader, close);
    while (!is_done) {
        const char *key = NULL;
        size_t key_length = 0;
        json_skip_space(reader);
        if (kind == JSON_OBJECT) {
            key = json_text(reader, &key_length);
            if (key == NULL || strlen(key) != key_length) return NULL;
            json_skip_space(reader);
            if (!json_take(reader, ":")) return NULL;
        }
        JsonValue *element = json_value(reader);
        if (element == NULL) return NULL;
        element->key = key;
        *link = element;
        link = &element->next;
        json_skip_space(reader);
        is_done = json_take(reader, close);
        if (!is_done && !json_take(reader, ",")) return NULL;
    }
    reader->depth--;
    return container;
}

static JsonValue *json_value(JsonReader *reader) {
    json_skip_space(reader);
    switch (*reader->at) {
    case '{': return json_container(reader, JSON_OBJECT, "}");
    case '[': return json_container(reader, JSON_ARRAY, "]");
    case '"': return json_string(reader);
    case 'n': return json_take(reader, "null") ? json_new(reader, JSON_NULL) : NULL;
    case 't': return json_take(reader, "true") ? json_new(reader, JSON_TRUE) : NULL;
    case 'f': return json_take(reader, "false") ? json_new(reader, JSON_FALSE) : NULL;
    default: return json_number(reader);
    }
}

/* Read the object on a line of `length` bytes and a NUL, which is overwritten; NULL = none. */
static JsonValue *json_parse(char *line, size_t length, JsonValue *values) {
    JsonReader reader = {.at = line, .end = line + length, .values = values};
    JsonValue *value = json_value(&reader);
    if (value == NULL) return NULL;
    json_skip_space(&reader);
    return reader.at == reader.end && value->kind == JSON_OBJECT ? value : NULL;
}

/* Return the field, NULL where it is missing or null; of several with one key the last counts. */
static const JsonValue *json_field(const JsonValue *object, const char *key) {
    const JsonValue *found = NULL;
    for (const JsonValue *field = object->child; field != NULL; field = field->next)
        if (strcmp(field->key, key) == 0) found = field;
    return found != NULL && found->kind != JSON_NULL ? found : NULL;
}

/* ---- The job ------------------------------------------------------------------------------ */

#define MAX_RUNS 10000000
#define MAX_EXTRA_RUNS 10000 /* of the control run and the profiling pass */
#define MAX_SECONDS 86400.0
#define MAX_CHANNELS 4096
#define SHA256_HEX 64

typedef struct {
    int64_t min_runs, max_runs;
    double min_s, max_s, tolerance;
} WarmUp;

typedef struct {
    const char *inputs, *sha256, *outputs;
    bool is_normalised, is_channel_last;
    double scale;
    double *mean, *std;
    size_t mean_count, std_count;
    int64_t items; /* 0 = all */
} EvalJob;

typedef struct {
    const char *variant, *sha256, *accelerator;
    const char *library, *raw_file; /* NULL = none */
    int64_t threads, seed;
    uint64_t affinity; /* 0 = the system decides */
    bool is_xnnpack;
    WarmUp warmup;
    int64_t runs; /* 0 = by time */
    double seconds;
    double rate_hz; /* 0 = back to back */
    int64_t control_runs, profile_runs;
    bool has_eval;
    EvalJob eval;
} Job;

/* Note the first thing that is wrong with the job; reading goes on with harmless values. */
static void reject(Failure *failure, const char *key, const char *problem) {
    fail(failure, "bad_job", "%.80s %s", key, problem);
}

static void only_fields(const JsonValue *object, const char *known, Failure *failure) {
    for (const JsonValue *field = object->child; field != NULL; field = field->next) {
        char quoted[48];
        int length = snprintf(quoted, sizeof quoted, " %s ", field->key);
        if (length >= (int)sizeof quoted || strchr(field->key, ' ') != NULL ||
            strstr(known, quoted) == NULL)
            fail(failure, "bad_job", "unknown job field: %.120s", field->key);
    }
}

static const JsonValue *object_field(const JsonValue *object, const char *key, Failure *failure) {
    static const JsonValue empty = {.kind = JSON_OBJECT};
    const JsonValue *value = json_field(object, key);
    if (value != NULL && value->kind == JSON_OBJECT) return value;
    reject(failure, key, "is not an object");
    return &empty;
}

/* Return an optional text of at most `limit` bytes; NULL = missing. */
static const char *opt_text_field(const JsonValue *object, const char *key, size_t limit,
                                  Failure *failure) {
    const JsonValue *value = json_field(object, key);
    if (value == NULL) return NULL;
    if (value->kind != JSON_STRING || value->length != strlen(value->text)) {
        reject(failure, key, "is not a text");
    } else if (value->length > limit) {
        reject(failure, key, "is too long");
    } else {
        return value->text;
    }
    return NULL;
}

static const char *text_field(const JsonValue *object, const char *key, size_t limit,
                              Failure *failure) {
    const char *text = opt_text_field(object, key, limit, failure);
    if (text == NULL) reject(failure, key, "is missing");
    return text != NULL ? text : "";
}

static const char *digest_field(const JsonValue *object, const char *key, Failure *failure) {
    const char *text = text_field(object, key, SHA256_HEX, failure);
    if (strlen(text) != SHA256_HEX || strspn(text, "0123456789abcdef") != SHA256_HEX)
        reject(failure, key, "is not 64 hex digits in lower case");
    return text;
}

static bool is_whole_in(const JsonValue *value, int64_t low, int64_t high, int64_t *whole) {
    if (value->kind != JSON_NUMBER || !value->is_whole) return false;
    errno = 0;
    *whole = strtoll(value->text, NULL, 10);
    return errno == 0 && *whole >= low && *whole <= high;
}

/* Return an optional whole number; `missing` where it is missing or null. */
static int64_t opt_whole_field(const JsonValue *object, const char *key, int64_t low, int64_t high,
                               int64_t missing, Failure *failure) {
    const JsonValue *value = json_field(object, key);
    int64_t whole = missing;
    if (value != NULL && !is_whole_in(value, low, high, &whole)) {
        reject(failure, key, "is not a whole number in range");
        return missing;
    }
    return whole;
}

static int64_t whole_field(const JsonValue *object, const char *key, int64_t low, int64_t high,
                           Failure *failure) {
    if (json_field(object, key) == NULL) reject(failure, key, "is missing");
    return opt_whole_field(object, key, low, high, low, failure);
}

static double opt_number_field(const JsonValue *object, const char *key, double low, double high,
                               double missing, Failure *failure) {
    const JsonValue *value = json_field(object, key);
    if (value == NULL) return missing;
    double number = value->kind == JSON_NUMBER ? strtod(value->text, NULL) : NAN;
    if (number >= low && number <= high) return number;
    reject(failure, key, "is not a number in range");
    return missing;
}

static double number_field(const JsonValue *object, const char *key, double low, double high,
                           Failure *failure) {
    if (json_field(object, key) == NULL) reject(failure, key, "is missing");
    return opt_number_field(object, key, low, high, low, failure);
}

static bool opt_flag_field(const JsonValue *object, const char *key, bool missing,
                           Failure *failure) {
    const JsonValue *value = json_field(object, key);
    if (value == NULL) return missing;
    if (value->kind != JSON_TRUE && value->kind != JSON_FALSE)
        reject(failure, key, "is not true or false");
    return value->kind == JSON_TRUE;
}

/* Read 1 to MAX_CHANNELS numbers above `above` into memory that lives as long as the process. */
static double *numbers_field(const JsonValue *object, const char *key, double above, size_t *count,
                             Failure *failure) {
    const JsonValue *list = json_field(object, key);
    double *numbers = malloc(MAX_CHANNELS * sizeof *numbers);
    *count = 0;
    if (numbers == NULL) out_of_memory(failure);
    if (list == NULL || list->kind != JSON_ARRAY) reject(failure, key, "is not a list");
    if (failure->code != NULL) return numbers;
    for (const JsonValue *value = list->child; value != NULL; value = value->next) {
        double number = value->kind == JSON_NUMBER ? strtod(value->text, NULL) : NAN;
        if (!isfinite(number) || number <= above || *count == MAX_CHANNELS) {
            reject(failure, key, "holds something out of range, or too much");
            return numbers;
        }
        numbers[(*count)++] = number;
    }
    if (*count == 0) reject(failure, key, "is empty");
    return numbers;
}

static void read_engine(const JsonValue *engine, Job *job, Failure *failure) {
    only_fields(engine, " accelerator threads affinity xnnpack library ", failure);
    job->accelerator = text_field(engine, "accelerator", 32, failure);
    job->threads = whole_field(engine, "threads", 1, 256, failure);
    job->affinity = (uint64_t)opt_whole_field(engine, "affinity", 1, INT64_MAX, 0, failure);
    job->is_xnnpack = opt_flag_field(engine, "xnnpack", true, failure);
    job->library = opt_text_field(engine, "library", MAX_PATH_BYTES, failure);
}

static void read_warmup(const JsonValue *object, WarmUp *warmup, Failure *failure) {
    only_fields(object, " min_runs max_runs min_s max_s tolerance ", failure);
    warmup->min_runs = whole_field(object, "min_runs", 0, MAX_RUNS, failure);
    warmup->max_runs = whole_field(object, "max_runs", 0, MAX_RUNS, failure);
    warmup->min_s = number_field(object, "min_s", 0, MAX_SECONDS, failure);
    warmup->max_s = number_field(object, "max_s", 0, MAX_SECONDS, failure);
    warmup->tolerance = number_field(object, "tolerance", 0, 1, failure);
    if (warmup->max_runs < warmup->min_runs) reject(failure, "max_runs", "is less than min_runs");
}

static void read_measure(const JsonValue *measure, Job *job, Failure *failure) {
    only_fields(measure, " runs seconds ", failure);
    job->runs = opt_whole_field(measure, "runs", 1, MAX_RUNS, 0, failure);
    job->seconds = opt_number_field(measure, "seconds", 0, MAX_SECONDS, -1, failure);
    if ((job->runs == 0) == (job->seconds < 0))
        reject(failure, "measure", "needs either runs or seconds");
}

static void read_normalise(const JsonValue *normalise, EvalJob *eval, Failure *failure) {
    only_fields(normalise, " scale mean std ", failure);
    eval->is_normalised = true;
    eval->scale = number_field(normalise, "scale", -1e18, 1e18, failure);
    if (eval->scale == 0) reject(failure, "scale", "is 0");
    eval->mean = numbers_field(normalise, "mean", -INFINITY, &eval->mean_count, failure);
    eval->std = numbers_field(normalise, "std", 0, &eval->std_count, failure);
}

static void read_eval(const JsonValue *object, EvalJob *eval, Failure *failure) {
    only_fields(object, " inputs sha256 outputs layout normalise items ", failure);
    eval->inputs = text_field(object, "inputs", MAX_PATH_BYTES, failure);
    eval->sha256 = digest_field(object, "sha256", failure);
    eval->outputs = text_field(object, "outputs", MAX_PATH_BYTES, failure);
    eval->items = opt_whole_field(object, "items", 1, MAX_RUNS, 0, failure);
    const char *layout = text_field(object, "layout", 4, failure);
    eval->is_channel_last = strcmp(layout, "NHWC") == 0;
    if (!eval->is_channel_last && strcmp(layout, "NCHW") != 0)
        reject(failure, "layout", "is neither NCHW nor NHWC");
    if (json_field(object, "normalise") != NULL)
        read_normalise(object_field(object, "normalise", failure), eval, failure);
}

static void read_fields(const JsonValue *object, Job *job, Failure *failure) {
    only_fields(
        object,
        " ev protocol variant sha256 engine seed warmup measure rate_hz raw_file control_runs"
        " profile_runs eval ",
        failure);
    job->variant = text_field(object, "variant", MAX_PATH_BYTES, failure);
    job->sha256 = digest_field(object, "sha256", failure);
    read_engine(object_field(object, "engine", failure), job, failure);
    job->seed = whole_field(object, "seed", 0, INT64_MAX, failure);
    read_warmup(object_field(object, "warmup", failure), &job->warmup, failure);
    read_measure(object_field(object, "measure", failure), job, failure);
    job->rate_hz = opt_number_field(object, "rate_hz", 0.001, 100000, 0, failure);
    job->raw_file = opt_text_field(object, "raw_file", MAX_PATH_BYTES, failure);
    job->control_runs = opt_whole_field(object, "control_runs", 0, MAX_EXTRA_RUNS, 0, failure);
    job->profile_runs = opt_whole_field(object, "profile_runs", 0, MAX_EXTRA_RUNS, 0, failure);
    job->has_eval = json_field(object, "eval") != NULL;
    if (job->has_eval) read_eval(object_field(object, "eval", failure), &job->eval, failure);
}

/* Read the job; its texts point into `line`, which has room for a NUL behind it. */
static bool job_read(char *line, size_t length, Job *job, Failure *failure) {
    JsonValue *values = malloc(MAX_JSON_VALUES * sizeof *values);
    if (values == NULL) return out_of_memory(failure);
    line[length] = '\0';
    const JsonValue *object = json_parse(line, length, values);
    const JsonValue *kind = object != NULL ? json_field(object, "ev") : NULL;
    int64_t version = 0;
    if (kind == NULL || kind->kind != JSON_STRING || strcmp(kind->text, "job") != 0) {
        fail(failure, "bad_job", "the first line is not a job");
    } else if (version = whole_field(object, "protocol", 0, INT64_MAX, failure),
               failure->code != NULL) {
        /* said already */
    } else if (version != PROTOCOL_VERSION) {
        fail(failure, "protocol_mismatch",
             "the job speaks version %" PRId64 " of the protocol, this runner %d: "
             "install the runner that belongs to this labtui",
             version, PROTOCOL_VERSION);
    } else {
        read_fields(object, job, failure);
    }
    free(values);
    return failure->code == NULL;
}

/* ---- SHA-256 ------------------------------------------------------------------------------ */

typedef struct {
    uint32_t state[8];
    uint64_t bytes;
    unsigned char block[64];
} Sha256;

static const uint32_t SHA256_K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotated(uint32_t x, int bits) {
    return x >> bits | x << (32 - bits);
}

static void sha256_block(uint32_t state[8], const unsigned char *block) {
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t low = rotated(w[i - 15], 7) ^ rotated(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t high = rotated(w[i - 2], 17) ^ rotated(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + low + w[i - 7] + high;
    }
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t sum1 = rotated(s[4], 6) ^ rotated(s[4], 11) ^ rotated(s[4], 25);
        uint32_t sum0 = rotated(s[0], 2) ^ rotated(s[0], 13) ^ rotated(s[0], 22);
        uint32_t t1 = s[7] + sum1 + ((s[4] & s[5]) ^ (~s[4] & s[6])) + SHA256_K[i] + w[i];
        uint32_t t2 = sum0 + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) state[i] += s[i];
}

static void sha256_start(Sha256 *sha) {
    static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(sha->state, initial, sizeof initial);
    sha->bytes = 0;
}

static void sha256_add(Sha256 *sha, const void *data, size_t size) {
    const unsigned char *bytes = data;
    while (size > 0) {
        size_t used = sha->bytes % 64, part = 64 - used < size ? 64 - used : size;
        if (part == 64) {
            sha256_block(sha->state, bytes);
        } else {
            memcpy(sha->block + used, bytes, part);
            if (used + part == 64) sha256_block(sha->state, sha->block);
        }
        sha->bytes += part;
        bytes += part;
        size -= part;
    }
}

static void sha256_end(Sha256 *sha, char hex[SHA256_HEX + 1]) {
    uint64_t bits = sha->bytes * 8;
    unsigned char length[8];
    for (int i = 0; i < 8; i++) length[i] = (unsigned char)(bits >> (56 - 8 * i));
    sha256_add(sha, "\x80", 1);
    while (sha->bytes % 64 != 56) sha256_add(sha, "", 1);
    sha256_add(sha, length, sizeof length);
    for (int i = 0; i < 8; i++) snprintf(hex + 8 * i, 9, "%08" PRIx32, sha->state[i]);
}

static void sha256_of(const void *data, size_t size, char hex[SHA256_HEX + 1]) {
    Sha256 sha;
    sha256_start(&sha);
    sha256_add(&sha, data, size);
    sha256_end(&sha, hex);
}

/* ---- Files -------------------------------------------------------------------------------- */

#define CHUNK_BYTES 65536

static bool is_disk_full(int error) {
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

/* Write everything; return 0 or what went wrong. */
static int write_all(int fd, const void *data, size_t size) {
    const char *bytes = data;
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        if (written == 0) return ENOSPC;
        bytes += written;
        size -= (size_t)written;
    }
    return 0;
}

/* Read exactly `size` bytes; a file that ends before, or cannot be read, is false. */
static bool read_all(int fd, void *data, size_t size) {
    char *bytes = data;
    while (size > 0) {
        ssize_t got = read(fd, bytes, size);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        bytes += got;
        size -= (size_t)got;
    }
    return true;
}

/* Digest a file from where it stands; return its bytes, -1 where it cannot be read. */
static int64_t file_digest(int fd, char hex[SHA256_HEX + 1]) {
    static unsigned char chunk[CHUNK_BYTES];
    Sha256 sha;
    sha256_start(&sha);
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        sha256_add(&sha, chunk, (size_t)got);
    }
    int64_t bytes = (int64_t)sha.bytes;
    sha256_end(&sha, hex);
    return bytes;
}

/* Return the part of a path after its last slash. */
static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* ---- Tensors ------------------------------------------------------------------------------ */

#define MAX_RANK 16

typedef enum { FLOAT, SIGNED, UNSIGNED, BOOLEAN, OTHER } NumberKind;

/* Element types by the number that both engines give them. */
typedef struct {
    int code;
    NumberKind kind;
    size_t bytes;      /* of one element; 0 = not whole bytes, or of varying size */
    const char *name;  /* numpy's */
    const char *descr; /* in an .npy header */
} ElementType;

static const ElementType ELEMENT_TYPES[] = {
    {1, FLOAT, 4, "float32", "<f4"},    {10, FLOAT, 2, "float16", "<f2"},
    {11, FLOAT, 8, "float64", "<f8"},   {9, SIGNED, 1, "int8", "|i1"},
    {7, SIGNED, 2, "int16", "<i2"},     {2, SIGNED, 4, "int32", "<i4"},
    {4, SIGNED, 8, "int64", "<i8"},     {3, UNSIGNED, 1, "uint8", "|u1"},
    {17, UNSIGNED, 2, "uint16", "<u2"}, {16, UNSIGNED, 4, "uint32", "<u4"},
    {13, UNSIGNED, 8, "uint64", "<u8"}, {6, BOOLEAN, 1, "bool", "|b1"},
    {5, OTHER, 0, "string", ""},        {8, OTHER, 8, "complex64", ""},
    {12, OTHER, 16, "complex128", ""},  {18, OTHER, 0, "int4", ""},
    {20, OTHER, 0, "int2", ""},         {19, OTHER, 2, "bfloat16", ""},
};
static const ElementType UNKNOWN_TYPE = {0, OTHER, 0, "unknown", ""};
static const ElementType *const FLOAT32 = &ELEMENT_TYPES[0];

typedef struct {
    char name[512];
    const ElementType *type;
    int rank;
    int64_t shape[MAX_RANK];
    size_t count; /* elements */
    size_t bytes;
    bool is_quantised; /* per tensor */
    float scale;
    int64_t zero_point;
    unsigned char *raw; /* what goes in, or what the engine left */
    float *values;      /* an output's, dequantised; NULL where it is not quantised */
    void *handle;       /* the engine's */
    size_t slot;        /* where it stands in the engine's list */
    void *source;       /* the engine's tensor of the graph */
    bool is_shared;     /* the handle is another tensor's */
} Tensor;

static const ElementType *element_type(int code) {
    for (size_t i = 0; i < COUNT_OF(ELEMENT_TYPES); i++)
        if (ELEMENT_TYPES[i].code == code) return &ELEMENT_TYPES[i];
    return &UNKNOWN_TYPE;
}

/* Set the shape; open dimensions (below 0) count as 1. False when its product makes no sense. */
static bool tensor_set_shape(Tensor *tensor, int rank, const int32_t *shape) {
    if (rank < 0 || rank > MAX_RANK) return false;
    tensor->rank = rank;
    tensor->count = 1;
    for (int i = 0; i < rank; i++) {
        tensor->shape[i] = shape[i] < 0 ? 1 : shape[i];
        if (tensor->shape[i] != 0 &&
            tensor->count > (size_t)PTRDIFF_MAX / 16 / (size_t)tensor->shape[i])
            return false;
        tensor->count *= (size_t)tensor->shape[i];
    }
    tensor->bytes = tensor->count * tensor->type->bytes;
    return true;
}

static bool tensor_allocate(Tensor *tensor, bool is_output, Failure *failure) {
    tensor->raw = calloc(1, tensor->bytes + 1);
    if (is_output && tensor->is_quantised)
        tensor->values = calloc(tensor->count + 1, sizeof *tensor->values);
    bool is_complete =
        tensor->raw != NULL && (tensor->values != NULL || !is_output || !tensor->is_quantised);
    return is_complete || out_of_memory(failure);
}

static double half_to_double(uint16_t half) {
    int exponent = half >> 10 & 0x1F, fraction = half & 0x3FF;
    double size = exponent == 0      ? ldexp(fraction, -24)
                  : exponent == 0x1F ? (fraction != 0 ? NAN : INFINITY)
                                     : ldexp(fraction + 1024, exponent - 25);
    return half & 0x8000 ? -size : size;
}

/* Round to the nearest half, ties to even. */
static uint16_t double_to_half(double value) {
    uint16_t sign = signbit(value) ? 0x8000 : 0;
    double size = fabs(value);
    if (isnan(size)) return sign | 0x7E00;
    if (size >= 65520) return sign | 0x7C00;
    uint64_t bits = 0;
    memcpy(&bits, &size, sizeof bits);
    int exponent = (int)(bits >> 52) - 1022; /* size = m * 2^exponent with 0.5 <= m < 1 */
    int step = exponent < -13 ? -24 : exponent - 11;
    uint32_t units = (uint32_t)rint(ldexp(size, -step)); /* may round up to the next exponent */
    return (uint16_t)(sign | (((uint32_t)(step + 24) << 10) + units));
}

#define DEQUANTISE(type)                       \
    for (size_t i = 0; i < tensor->count; i++) \
    tensor->values[i] = ((float)((const type *)(const void *)tensor->raw)[i] - zero_point) * scale

/* Work out the real values of a quantised output. Part of the timed inference. */
static void tensor_dequantise(Tensor *tensor) {
    const float scale = tensor->scale, zero_point = (float)tensor->zero_point;
    switch (tensor->type->code) {
    case 9: DEQUANTISE(int8_t); break;
    case 3: DEQUANTISE(uint8_t); break;
    case 7: DEQUANTISE(int16_t); break;
    case 17: DEQUANTISE(uint16_t); break;
    case 2: DEQUANTISE(int32_t); break;
    case 4: DEQUANTISE(int64_t); break;
    default: break; /* tensor_is_quantised allows no others */
    }
}

static bool is_quantisable(const ElementType *type) {
    static const int codes[] = {9, 3, 7, 17, 2, 4};
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (type->code == codes[i]) return true;
    return false;
}

/* Return element `i` of an output as a real number. */
static double tensor_value(const Tensor *tensor, size_t i) {
    if (tensor->values != NULL) return tensor->values[i];
    const void *raw = tensor->raw;
    switch (tensor->type->code) {
    case 1: return ((const float *)raw)[i];
    case 10: return half_to_double(((const uint16_t *)raw)[i]);
    case 11: return ((const double *)raw)[i];
    case 9: return ((const int8_t *)raw)[i];
    case 7: return ((const int16_t *)raw)[i];
    case 2: return ((const int32_t *)raw)[i];
    case 4: return (double)((const int64_t *)raw)[i];
    case 17: return ((const uint16_t *)raw)[i];
    case 16: return ((const uint32_t *)raw)[i];
    case 13: return (double)((const uint64_t *)raw)[i];
    default: return ((const uint8_t *)raw)[i]; /* uint8, bool */
    }
}

/* ---- Seeded inputs ------------------------------------------------------------------------ */

#define INDEX_LIMIT 100

static uint64_t splitmix64(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* Write the value that `u` stands for. */
static void put_seeded(const ElementType *type, uint64_t u, unsigned char *to) {
    double fraction = (double)(u >> 40) * 0x1p-23 - 1.0;
    float single = (float)fraction;
    uint16_t half = double_to_half(fraction);
    uint64_t whole = u >> 40;
    switch (type->code) {
    case 1: memcpy(to, &single, 4); return;
    case 10: memcpy(to, &half, 2); return;
    case 11: memcpy(to, &fraction, 8); return;
    case 6: whole = u >> 63; break;
    case 9:
    case 3: whole = u >> 56; break;
    case 7:
    case 17: whole = u >> 48; break;
    default: whole %= INDEX_LIMIT; break;
    }
    memcpy(to, &whole, type->bytes); /* little-endian, as all that Android and the protocol know */
}

static bool fill_seeded(Tensor *inputs, size_t count, uint64_t seed, Failure *failure) {
    uint64_t state = seed;
    for (size_t k = 0; k < count; k++) {
        const ElementType *type = inputs[k].type;
        if (type->kind == OTHER)
            return fail(failure, "model_refused",
                        "no inputs of type %s can be generated (input %.120s): "
                        "use another variant",
                        type->name, inputs[k].name);
        for (size_t i = 0; i < inputs[k].count; i++)
            put_seeded(type, splitmix64(&state), inputs[k].raw + i * type->bytes);
    }
    return true;
}

/* ---- Stopping ----------------------------------------------------------------------------- */

static atomic_bool stop_wanted;
static int stop_pipe[2] = {-1, -1}; /* readable for good once a stop is wanted */

static bool is_stopped(void) {
    return atomic_load(&stop_wanted);
}

/* Ask the launch to end after the inference under way. Safe in signal handlers. */
static void stop(void) {
    int saved_errno = errno;
    if (!atomic_exchange(&stop_wanted, true) &&
        write(stop_pipe[1], "", 1) < 0) { /* no sleeper to wake */
    }
    errno = saved_errno;
}

static void on_stop_signal(int number) {
    (void)number;
    stop();
}

static void catch_signal(int number, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigaction(number, &action, NULL);
}

static void catch_signals(void) {
    if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        perror("pipe2"); /* sleeps end late, that is all */
    catch_signal(SIGHUP, on_stop_signal);
    catch_signal(SIGINT, on_stop_signal);
    catch_signal(SIGTERM, on_stop_signal);
    catch_signal(SIGPIPE, SIG_IGN); /* a reader that is gone shows as EPIPE … */
    catch_signal(SIGXFSZ, SIG_IGN); /* … and a file that is too large as EFBIG */
}

/* Sleep until `due_ns`, but not after a stop. */
static void sleep_until(int64_t due_ns) {
    struct pollfd stopped = {.fd = stop_pipe[0], .events = POLLIN};
    int64_t left_ns = due_ns - mono_ns();
    while (left_ns > 2000000 && !is_stopped()) { /* poll counts in ms */
        poll(&stopped, 1, (int)((left_ns - 1000000) / 1000000));
        left_ns = due_ns - mono_ns();
    }
    if (left_ns <= 0 || is_stopped()) return;
    struct timespec rest = {.tv_sec = 0, .tv_nsec = (long)left_ns};
    nanosleep(&rest, NULL);
}

/* ---- Reading the job line ----------------------------------------------------------------- */

/* Wait for input or a stop; false on a stop. */
static bool wait_for_input(void) {
    struct pollfd waited[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = stop_pipe[0], .events = POLLIN}};
    while (!is_stopped()) {
        int ready = poll(waited, 2, -1);
        if (ready < 0 && errno != EINTR) return false;
        if (ready > 0 && waited[0].revents != 0) return !is_stopped();
    }
    return false;
}

/* Read the first line of stdin into `line`, which has room for MAX_LINE_BYTES + 1. */
static bool read_job_line(char *line, size_t *length, Failure *failure) {
    size_t used = 0;
    for (;;) {
        ssize_t got =
            wait_for_input() ? read(STDIN_FILENO, line + used, MAX_LINE_BYTES + 1 - used) : 0;
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return fail(failure, "bad_job", "told to stop before a job came");
        char *newline = memchr(line + used, '\n', (size_t)got);
        used += (size_t)got;
        if (newline != NULL) {
            *length = (size_t)(newline - line);
            return true;
        }
        if (used > MAX_LINE_BYTES)
            return fail(failure, "bad_job", "a line of more than %d bytes", MAX_LINE_BYTES);
    }
}

/* Thread: stop the launch when the host closes our stdin. */
static void *watch_stdin(void *unused) {
    static char ignored[4096];
    ssize_t got = 1;
    while (got > 0 || (got < 0 && errno == EINTR))
        got = read(STDIN_FILENO, ignored, sizeof ignored);
    stop();
    return unused;
}

/* ---- The reporter: sends events without ever holding up an inference ---------------------- */

#define ALIVE_NS NS_PER_S
#define CLOSE_NS (2 * NS_PER_S) /* how long the last events may take to leave */
#define MAX_BACKLOG_BYTES (32u << 20)

typedef struct Line {
    struct Line *next;
    size_t length;
    char bytes[];
} Line;

typedef struct {
    int out_fd, raw_fd; /* -1 = none */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    Line *first, *last;
    size_t backlog_bytes; /* what waits, and what is being written */
    bool is_lost;         /* nobody reads any more */
    bool has_thread;
    bool is_closing; /* the last event has been sent: nothing may follow it */
} Reporter;

static Reporter reporter = {.out_fd = -1, .raw_fd = -1, .mutex = PTHREAD_MUTEX_INITIALIZER};

/* The error event needs no memory, or it could not say that there is none. */
static union {
    Line line;
    char bytes[sizeof(Line) + 4096];
} error_storage;

static struct timespec to_timespec(int64_t ns) {
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

/* Write without the mutex: it takes as long as the host wants it to. */
static void write_to_host(const char *bytes, size_t length) {
    if (reporter.is_lost || write_all(reporter.out_fd, bytes, length) == 0) return;
    reporter.is_lost = true; /* only the writer reads and writes it */
    stop();
}

static void write_alive(void) {
    char line[64];
    int length = snprintf(line, sizeof line, "{\"ev\":\"alive\",\"t\":%" PRId64 "}\n", mono_ns());
    write_to_host(line, (size_t)length);
}

/* Wait for a line, with the mutex held; NULL after a silent second. */
static Line *next_line(void) {
    struct timespec until = to_timespec(mono_ns() + ALIVE_NS);
    while (reporter.first == NULL)
        if (pthread_cond_timedwait(&reporter.changed, &reporter.mutex, &until) != 0) return NULL;
    Line *line = reporter.first;
    reporter.first = line->next;
    if (reporter.first == NULL) reporter.last = NULL;
    return line;
}

/* Thread: write what was sent, and say that we are alive in between. */
static void *write_lines(void *unused) {
    bool has_begun = false;
    pthread_mutex_lock(&reporter.mutex);
    for (;;) {
        Line *line = next_line();
        bool is_silent = reporter.is_closing || !has_begun;
        pthread_mutex_unlock(&reporter.mutex);
        if (line != NULL) {
            has_begun = true;
            write_to_host(line->bytes, line->length);
        } else if (!is_silent) {
            write_alive();
        }
        pthread_mutex_lock(&reporter.mutex);
        if (line != NULL) {
            reporter.backlog_bytes -= line->length;
            if (line != &error_storage.line) free(line);
            pthread_cond_broadcast(&reporter.changed);
        }
    }
    return unused;
}

static bool start_thread(void *(*run)(void *), const char *name) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, NULL) != 0) return false;
    pthread_setname_np(thread, name);
    pthread_detach(thread);
    return true;
}

static void reporter_start(void) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&reporter.changed, &attributes);
    pthread_condattr_destroy(&attributes);
    reporter.has_thread = start_thread(write_lines, "events");
}

/* Keep a copy of all further events in a file. */
static bool reporter_copy_to(const char *path, Failure *failure) {
    reporter.raw_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return reporter.raw_fd >= 0 ||
           fail(failure, "bad_job", "the raw file cannot be created: %s", strerror(errno));
}

/* Copy a line to the raw file, at once, so that it outlives us. */
static bool keep_line(const char *bytes, size_t length, Failure *failure) {
    if (reporter.raw_fd < 0) return true;
    int error = write_all(reporter.raw_fd, bytes, length);
    if (error == 0) return true;
    close(reporter.raw_fd);
    reporter.raw_fd = -1;
    return fail(failure, is_disk_full(error) ? "disk_full" : "run_failed",
                "the raw file cannot be written: %s", strerror(error));
}

/* Hand a line to the writer; return how much waits now. */
static size_t queue_line(Line *line) {
    pthread_mutex_lock(&reporter.mutex);
    if (reporter.last != NULL)
        reporter.last->next = line;
    else
        reporter.first = line;
    reporter.last = line;
    reporter.backlog_bytes += line->length;
    size_t backlog_bytes = reporter.backlog_bytes;
    pthread_cond_broadcast(&reporter.changed);
    pthread_mutex_unlock(&reporter.mutex);
    return backlog_bytes;
}

/* Send the event in `text` and empty it. Call it outside the timed sections. */
static bool send_event(Text *text, Failure *failure) {
    text_add(text, "}\n", 2);
    Line *line = text->is_short ? NULL : malloc(sizeof *line + text->length);
    if (line == NULL) return out_of_memory(failure);
    *line = (Line){.length = text->length};
    memcpy(line->bytes, text->bytes, text->length);
    size_t backlog_bytes = queue_line(line);
    bool is_kept = keep_line(text->bytes, text->length, failure);
    text->length = 0;
    if (is_kept && backlog_bytes > MAX_BACKLOG_BYTES)
        return fail(failure, "run_failed", "the host has stopped reading the events");
    return is_kept;
}

/* Wait until what was sent has left, within CLOSE_NS. */
static void reporter_drain(void) {
    struct timespec until = to_timespec(mono_ns() + CLOSE_NS);
    pthread_mutex_lock(&reporter.mutex);
    reporter.is_closing = true;
    while (reporter.has_thread && reporter.backlog_bytes > 0)
        if (pthread_cond_timedwait(&reporter.changed, &reporter.mutex, &until) != 0) break;
    pthread_mutex_unlock(&reporter.mutex);
}

/* ---- Plain events ------------------------------------------------------------------------- */

static Text event; /* the event in the making; only the main thread makes events */

static void event_begin(const char *kind) {
    event.length = 0;
    event.is_short = false;
    text_put(&event, "{\"ev\":\"%s\"", kind);
}

PRINTF_CHECKED(3, 4)
static bool send_log(Failure *failure, const char *level, const char *format, ...) {
    char message[FAILURE_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    event_begin("log");
    text_put(&event, ",\"level\":\"%s\",", level);
    text_put_field(&event, "text", message, TEXT_LIMIT);
    return send_event(&event, failure);
}

static bool send_end(int64_t warmup, int64_t measured, Failure *failure) {
    event_begin("end");
    text_put(&event,
             ",\"t\":%" PRId64 ",\"warmup\":%" PRId64 ",\"measured\":%" PRId64 ",\"stopped\":%s",
             mono_ns(), warmup, measured, is_stopped() ? "true" : "false");
    return send_event(&event, failure);
}

static void error_write(const Failure *failure) {
    Text text = {.bytes = error_storage.line.bytes, .capacity = 4096, .is_fixed = true};
    text_put(&text, "{\"ev\":\"error\",\"code\":\"%s\",", failure->code);
    text_put_field(&text, "text", failure->text, TEXT_LIMIT);
    text_add(&text, "}\n", 2);
    error_storage.line.length = text.length;
}

static void send_error(const Failure *failure) {
    Failure ignored = {0};
    error_write(failure);
    keep_line(error_storage.line.bytes, error_storage.line.length, &ignored);
    if (reporter.has_thread)
        queue_line(&error_storage.line);
    else
        write_to_host(error_storage.line.bytes, error_storage.line.length);
}

/* ---- Placement, and the spy that counts ops ----------------------------------------------- */

#define MAX_PARTS 8

typedef struct {
    char unit[33], delegate[65];
    int64_t ops;
} PlacedPart;

typedef struct {
    bool is_counted;
    PlacedPart parts[MAX_PARTS];
    size_t part_count;
    int64_t partitions;
    const char *coverage; /* of the accelerator asked for; NULL = not known */
} Placement;

/* What a TensorFlow Lite delegate sees: the heads of its structs, stable since 2.0. */
typedef struct {
    int size;
    int data[];
} TflIntArray;

typedef struct TflContext TflContext;
typedef struct TflDelegate TflDelegate;

typedef struct {
    TflIntArray *inputs, *outputs, *intermediates, *temporaries;
    void *user_data, *builtin_data;
    const void *custom_data;
    int custom_bytes;
    TflDelegate *delegate;
} TflNode;

typedef struct {
    void *init, *free, *prepare, *invoke, *profiling_string;
    int32_t builtin_code;
    const char *custom_name;
} TflRegistration;

struct TflContext {
    size_t tensor_count;
    int (*get_execution_plan)(TflContext *, TflIntArray **);
    void *tensors, *impl, *resize_tensor, *report_error, *add_tensors;
    int (*get_node)(TflContext *, int, TflNode **, TflRegistration **);
};

struct TflDelegate {
    void *data;
    int (*prepare)(TflContext *, TflDelegate *);
    void *copy_from, *copy_to, *free_buffer;
    int64_t flags;
    void *opaque_builder; /* only since 2.10 */
};

#define TFL_ALLOW_DYNAMIC_TENSORS 1
#define MAX_PLAUSIBLE_OPS 1000000

/* A delegate that takes no ops but sees what those before it took. */
typedef struct {
    const char *asked;       /* accelerator of the job */
    bool has_opaque_builder; /* whether the engine's delegates have that field */
    bool is_done;            /* the main graph has been seen; subgraphs follow */
    Placement seen;
} Spy;

static Spy spy;

/* Say where a delegate runs its ops and what people call it. */
static void name_delegate(const char *engine_name, const char *asked, char unit[33],
                          char delegate[65]) {
    static const char *const known[][3] = {
        {"XNNPack", "cpu", "XNNPACK"},   {"YNNPack", "cpu", "YNNPACK"},
        {"Nnapi", "nnapi", "NNAPI"},     {"Gpu", "gpu", "GPU"},
        {"GPU", "gpu", "GPU"},           {"MlDrift", "gpu", "ML Drift"},
        {"Dispatch", "npu", "dispatch"},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (strstr(engine_name, known[i][0]) == NULL) continue;
        snprintf(unit, 33, "%s", known[i][1]);
        snprintf(delegate, 65, "%s", known[i][2]);
        return;
    }
    snprintf(unit, 33, "%s", asked);
    snprintf(delegate, 65, "%.64s", engine_name);
}

static void placement_add(Placement *placement, const char *unit, const char *delegate,
                          int64_t ops) {
    PlacedPart *part = placement->parts;
    PlacedPart *end = part + placement->part_count;
    while (part < end && (strcmp(part->unit, unit) != 0 || strcmp(part->delegate, delegate) != 0))
        part++;
    if (part == placement->parts + MAX_PARTS) part--; /* more delegates than any engine has */
    if (part == end) {
        placement->part_count++;
        *part = (PlacedPart){.ops = 0};
        snprintf(part->unit, sizeof part->unit, "%s", unit);
        snprintf(part->delegate, sizeof part->delegate, "%s", delegate);
    }
    part->ops += ops;
}

/* Return how many ops a delegate's node stands for, -1 where that makes no sense. */
static int64_t ops_replaced(const TflNode *node) {
    /* { delegate, nodes_to_replace, … }; opaque delegates have a pointer of their own in between */
    bool is_opaque = spy.has_opaque_builder && node->delegate->opaque_builder != NULL;
    const TflIntArray *nodes = ((TflIntArray **)node->builtin_data)[is_opaque ? 2 : 1];
    return nodes != NULL && nodes->size >= 0 && nodes->size <= MAX_PLAUSIBLE_OPS ? nodes->size : -1;
}

static bool spy_on_node(const TflNode *node, const TflRegistration *registration) {
    if (node->delegate == NULL || node->builtin_data == NULL) {
        placement_add(&spy.seen, "cpu", "", 1);
        return true;
    }
    char unit[33], delegate[65];
    int64_t ops = ops_replaced(node);
    if (ops < 0) return false;
    const char *name = registration->custom_name != NULL ? registration->custom_name : "";
    name_delegate(name, spy.asked, unit, delegate);
    placement_add(&spy.seen, unit, delegate, ops);
    spy.seen.partitions++;
    return true;
}

static int spy_prepare(TflContext *context, TflDelegate *delegate) {
    TflIntArray *plan = NULL;
    (void)delegate;
    if (spy.is_done) return 0;
    spy.is_done = true;
    if (context->get_execution_plan(context, &plan) != 0 || plan == NULL) return 0;
    for (int i = 0; i < plan->size; i++) {
        TflNode *node = NULL;
        TflRegistration *registration = NULL;
        if (context->get_node(context, plan->data[i], &node, &registration) != 0) return 0;
        if (!spy_on_node(node, registration)) return 0;
    }
    spy.seen.is_counted = true;
    return 0;
}

static TflDelegate spy_delegate = {.prepare = spy_prepare, .flags = TFL_ALLOW_DYNAMIC_TENSORS};

static void spy_reset(const char *asked, bool has_opaque_builder) {
    spy = (Spy){.asked = asked, .has_opaque_builder = has_opaque_builder};
}

/* Derive how much runs on the accelerator asked for from counted ops. */
static void placement_cover(Placement *placement, const char *asked) {
    int64_t asked_ops = 0, all_ops = 0;
    for (size_t i = 0; i < placement->part_count; i++) {
        all_ops += placement->parts[i].ops;
        if (strcmp(placement->parts[i].unit, asked) == 0) asked_ops += placement->parts[i].ops;
    }
    placement->coverage = asked_ops == 0 ? "none" : asked_ops == all_ops ? "full" : "partial";
}

/* ---- What the runner needs from an engine ------------------------------------------------- */

#define MAX_TENSORS 256
#define MAX_PROFILED_OPS 10000

typedef struct {
    const char *accelerator;
    int threads;
    bool is_xnnpack, is_profiled, is_spied;
} LoadPlan;

typedef struct {
    const char *name;
    char unit[33], delegate[65];
    double sum_ns;
} ProfiledOp;

typedef struct {
    ProfiledOp *ops;
    size_t count;
    int64_t runs;
} ProfileTable;

/* A loaded variant. Inputs and outputs are in the order of the graph. */
typedef struct {
    Tensor inputs[MAX_TENSORS], outputs[MAX_TENSORS];
    size_t input_count, output_count;
    Placement placement;
    void *model, *options, *compiled, *profiler; /* the engine's */
    void *delegates[2];
    void (*release[2])(void *delegate);
    void *input_handles[MAX_TENSORS], *output_handles[MAX_TENSORS]; /* in the engine's order */
} Session;

typedef struct {
    const char *name;
    char version[32];
    void *library;
    char folder[MAX_PATH_BYTES]; /* of the library; empty = unknown */
    bool is_old;                 /* known to compute some variants wrongly */
    /* Ready the library for this accelerator. */
    bool (*open)(const char *accelerator, Failure *failure);
    bool (*load)(Session *session, const char *path, const LoadPlan *plan, Failure *failure);
    /* The timed call: hand over the inputs, run, read back and dequantise the outputs. */
    bool (*infer)(Session *session, Failure *failure);
    void (*unload)(Session *session);
    bool (*profile)(Session *session, ProfileTable *table);
} Engine;

static Engine engine;

/* What the engine is busy with: tells what a crash means. */
typedef enum { OUTSIDE_ENGINE, IN_OPEN, IN_LOAD, IN_INFERENCE } EngineStage;

static atomic_int engine_stage;

static bool has_outside_weights; /* the variant keeps weights behind its FlatBuffer */

static void tensors_free(Tensor *tensors, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(tensors[i].raw);
        free(tensors[i].values);
    }
}

/* Copy every function named in `table` out of the library; return the first that is not there. */
typedef struct {
    const char *name;
    size_t offset;
    bool is_optional;
} Symbol;

static const char *bind_symbols(void *functions, const Symbol *table, size_t count) {
    for (size_t i = 0; i < count; i++) {
        void *address = dlsym(engine.library, table[i].name);
        if (address == NULL && !table[i].is_optional) return table[i].name;
        memcpy((char *)functions + table[i].offset, &address, sizeof address);
    }
    return NULL;
}

/* ---- The LiteRT engine -------------------------------------------------------------------- */

#define LRT_OK 0
#define LRT_NO_MEMORY 2
#define LRT_CPU 1
#define LRT_GPU 2
#define LRT_NPU 4
#define LRT_LOCK_READ 0
#define LRT_LOCK_WRITE 1
#define LRT_MAX_RANK 8
#define LRT_QUANTIZATION_PER_TENSOR 1

typedef struct {
    unsigned int rank : 7;
    bool has_strides : 1;
    int32_t dimensions[LRT_MAX_RANK];
    uint32_t strides[LRT_MAX_RANK];
} LrtLayout;

typedef struct {
    int element_type;
    LrtLayout layout;
} LrtTensorType;

_Static_assert(sizeof(LrtTensorType) == 72, "the engine's layout");

typedef struct {
    float scale;
    int64_t zero_point;
} LrtQuantization;

typedef struct {
    int tag;
    struct {
        int type;
        union {
            int64_t whole;
            const char *text;
        };
    } value;
} LrtEnvOption;

_Static_assert(offsetof(LrtEnvOption, value) == 8, "the engine's layout");

#define LRT_ENV_COMPILER_PLUGIN_FOLDER 0
#define LRT_ENV_DISPATCH_FOLDER 1
#define LRT_ENV_RUNTIME_FOLDER 22
#define LRT_ENV_ACCELERATORS 24
#define LRT_ANY_INT 2
#define LRT_ANY_STRING 8

typedef struct {
    const char *tag;
    int type;
    uint64_t start_us, elapsed_us;
    uint64_t memory[6];
    uint64_t metadata1, metadata2;
    int source;
} LrtProfilerEvent;

typedef int LrtSpyCreate(void *context, void *environment, void *accelerator, void *options,
                         void **wrapper);

/* X(name, parameters): required. A handle is a `void *`; a status an `int`. */
#define LRT_FUNCTIONS(X)                                                                           \
    X(CreateEnvironment, (int count, const LrtEnvOption *options, void **environment))             \
    X(GetNumAccelerators, (void *environment, size_t *count))                                      \
    X(GetAccelerator, (void *environment, size_t index, void **accelerator))                       \
    X(GetAcceleratorHardwareSupport, (void *accelerator, int *hardware))                           \
    X(CreateModelFromFile, (void *environment, const char *path, void **model))                    \
    X(DestroyModel, (void *model))                                                                 \
    X(GetNumSubgraphInputs, (void *subgraph, size_t *count))                                       \
    X(GetSubgraphInput, (void *subgraph, size_t index, void **tensor))                             \
    X(GetNumSubgraphOutputs, (void *subgraph, size_t *count))                                      \
    X(GetSubgraphOutput, (void *subgraph, size_t index, void **tensor))                            \
    X(GetNumModelSignatures, (void *model, size_t *count))                                         \
    X(GetModelSignature, (void *model, size_t index, void **signature))                            \
    X(GetSignatureSubgraph, (void *signature, void **subgraph))                                    \
    X(GetNumSignatureInputs, (void *signature, size_t *count))                                     \
    X(GetNumSignatureOutputs, (void *signature, size_t *count))                                    \
    X(GetSignatureInputTensorByIndex, (void *signature, size_t index, void **tensor))              \
    X(GetSignatureOutputTensorByIndex, (void *signature, size_t index, void **tensor))             \
    X(GetTensorName, (void *tensor, const char **name))                                            \
    X(GetRankedTensorType, (void *tensor, LrtTensorType *type))                                    \
    X(GetQuantizationTypeId, (void *tensor, int *kind))                                            \
    X(GetPerTensorQuantization, (void *tensor, LrtQuantization *quantization))                     \
    X(CreateOptions, (void **options))                                                             \
    X(DestroyOptions, (void *options))                                                             \
    X(SetOptionsHardwareAccelerators, (void *options, int hardware))                               \
    X(AddOpaqueOptions, (void *options, void *opaque))                                             \
    X(CreateOpaqueOptions, (const char *name, void *data, void (*release)(void *), void **opaque)) \
    X(CreateCompiledModel, (void *environment, void *model, void *options, void **compiled))       \
    X(DestroyCompiledModel, (void *compiled))                                                      \
    X(GetCompiledModelInputTensorLayout,                                                           \
      (void *compiled, size_t signature, size_t index, LrtLayout *layout))                         \
    X(GetCompiledModelOutputTensorLayouts,                                                         \
      (void *compiled, size_t signature, size_t count, LrtLayout *layouts, bool is_updated))       \
    X(GetCompiledModelInputBufferRequirements,                                                     \
      (void *compiled, size_t signature, size_t index, void **requirements))                       \
    X(GetCompiledModelOutputBufferRequirements,                                                    \
      (void *compiled, size_t signature, size_t index, void **requirements))                       \
    X(CreateManagedTensorBufferFromRequirements,                                                   \
      (void *environment, const LrtTensorType *type, void *requirements, void **buffer))           \
    X(DestroyTensorBuffer, (void *buffer))                                                         \
    X(GetTensorBufferPackedSize, (void *buffer, size_t *bytes))                                    \
    X(LockTensorBuffer, (void *buffer, void **address, int mode))                                  \
    X(UnlockTensorBuffer, (void *buffer))                                                          \
    X(RunCompiledModel, (void *compiled, size_t signature, size_t input_count, void **inputs,      \
                         size_t output_count, void **outputs))                                     \
    X(CompiledModelIsFullyAccelerated, (void *compiled, bool *is_full))                            \
    X(CompiledModelGetProfiler, (void *compiled, void **profiler))                                 \
    X(StartProfiler, (void *profiler))                                                             \
    X(StopProfiler, (void *profiler))                                                              \
    X(ResetProfiler, (void *profiler))                                                             \
    X(GetNumProfilerEvents, (void *profiler, int *count))                                          \
    X(GetProfilerEvents, (void *profiler, int count, LrtProfilerEvent *events))                    \
    X(CreateAccelerator, (void **accelerator))                                                     \
    X(SetAcceleratorGetName, (void *accelerator, int (*get)(void *, const char **)))               \
    X(SetAcceleratorGetVersion, (void *accelerator, int (*get)(void *, int *)))                    \
    X(SetAcceleratorGetHardwareSupport, (void *accelerator, int (*get)(void *, int *)))            \
    X(SetIsAcceleratorDelegateResponsibleForJitCompilation,                                        \
      (void *accelerator, int (*get)(void *, bool *)))                                             \
    X(SetDelegateFunction, (void *accelerator, LrtSpyCreate *create))                              \
    X(RegisterAccelerator,                                                                         \
      (void *environment, void *accelerator, void *data, void (*release)(void *)))                 \
    X(WrapDelegate, (TflDelegate * delegate, void (*release)(TflDelegate *), void **wrapper))

#define LRT_MEMBER(name, parameters) int(*name) parameters;
#define LRT_SYMBOL(name, parameters) {"LiteRt" #name, offsetof(LrtFunctions, name), false},

typedef struct {
    LRT_FUNCTIONS(LRT_MEMBER)
    int (*CompiledModelIsNonCpuFullyAccelerated)(void *compiled, bool *is_full);
    const void *runtime_builtin, *destroy_wrapper;
} LrtFunctions;

/* The data symbol came with 2.2, whose options and signatures are those used here; libraries that
 * lack it are never called. */
static const Symbol LRT_SYMBOLS[] = {
    LRT_FUNCTIONS(LRT_SYMBOL){"kLiteRtRuntimeBuiltin", offsetof(LrtFunctions, runtime_builtin),
                              false},
    {"LiteRtDestroyDelegateWrapper", offsetof(LrtFunctions, destroy_wrapper), false},
    {"LiteRtCompiledModelIsNonCpuFullyAccelerated",
     offsetof(LrtFunctions, CompiledModelIsNonCpuFullyAccelerated), true},
};

static LrtFunctions lrt;
static void *lrt_environment;
static int
    lrt_spied_hardware; /* what the spy claims to be for the load at hand; 0 = leave it out */

static bool lrt_fail(Failure *failure, const char *what, int status) {
    if (status == LRT_NO_MEMORY) return out_of_memory(failure);
    return fail(failure, "model_refused", "%s (status %d)", what, status);
}

static int lrt_hardware(const char *accelerator) {
    return strcmp(accelerator, "cpu") == 0   ? LRT_CPU
           : strcmp(accelerator, "gpu") == 0 ? LRT_GPU
           : strcmp(accelerator, "npu") == 0 ? LRT_NPU
                                             : 0;
}

static int lrt_spy_name(void *accelerator, const char **name) {
    (void)accelerator;
    *name = RUNNER_NAME;
    return LRT_OK;
}

static int lrt_spy_version(void *accelerator, int *version) {
    (void)accelerator;
    version[0] = 1;
    version[1] = version[2] = 0;
    return LRT_OK;
}

static int lrt_spy_hardware(void *accelerator, int *hardware) {
    (void)accelerator;
    *hardware = lrt_spied_hardware;
    return LRT_OK;
}

static int lrt_spy_is_on_demand(void *accelerator, bool *is_on_demand) {
    (void)accelerator;
    *is_on_demand = true; /* only asked for where its hardware is */
    return LRT_OK;
}

static void lrt_spy_release(TflDelegate *delegate) {
    (void)delegate; /* static */
}

static int lrt_spy_create(void *context, void *environment, void *accelerator, void *options,
                          void **wrapper) {
    (void)context, (void)environment, (void)accelerator, (void)options;
    return lrt.WrapDelegate(&spy_delegate, lrt_spy_release, wrapper);
}

/* Register the spy after the engine's own accelerators: they are applied in this order. */
static void lrt_register_spy(void) {
    void *accelerator = NULL;
    if (lrt.CreateAccelerator(&accelerator) != LRT_OK) return;
    lrt.SetAcceleratorGetName(accelerator, lrt_spy_name);
    lrt.SetAcceleratorGetVersion(accelerator, lrt_spy_version);
    lrt.SetAcceleratorGetHardwareSupport(accelerator, lrt_spy_hardware);
    lrt.SetIsAcceleratorDelegateResponsibleForJitCompilation(accelerator, lrt_spy_is_on_demand);
    lrt.SetDelegateFunction(accelerator, lrt_spy_create);
    lrt.RegisterAccelerator(lrt_environment, accelerator, NULL, NULL);
}

static bool lrt_has_accelerator(int hardware) {
    size_t count = 0;
    lrt.GetNumAccelerators(lrt_environment, &count);
    for (size_t i = 0; i < count; i++) {
        void *accelerator = NULL;
        int supported = 0;
        if (lrt.GetAccelerator(lrt_environment, i, &accelerator) != LRT_OK) continue;
        lrt.GetAcceleratorHardwareSupport(accelerator, &supported);
        if (supported & hardware) return true;
    }
    return false;
}

/* Whether a library of this kind lies beside the engine's. */
static bool has_library(const char *prefix) {
    DIR *folder = opendir(engine.folder);
    bool is_found = false;
    for (struct dirent *entry; folder != NULL && !is_found && (entry = readdir(folder)) != NULL;)
        is_found = strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    if (folder != NULL) closedir(folder);
    return is_found;
}

static int lrt_create_environment(int hardware) {
    LrtEnvOption options[4] = {
        {LRT_ENV_ACCELERATORS, {LRT_ANY_INT, {.whole = hardware | LRT_CPU}}}};
    int count = 1;
    bool has_plugin = hardware == LRT_NPU && has_library("libLiteRtCompilerPlugin");
    static const int tags[] = {LRT_ENV_RUNTIME_FOLDER, LRT_ENV_DISPATCH_FOLDER,
                               LRT_ENV_COMPILER_PLUGIN_FOLDER};
    for (size_t i = 0; engine.folder[0] != '\0' && i < (has_plugin ? 3u : 2u); i++)
        options[count++] = (LrtEnvOption){tags[i], {LRT_ANY_STRING, {.text = engine.folder}}};
    return lrt.CreateEnvironment(count, options, &lrt_environment);
}

static bool lrt_open(const char *accelerator, Failure *failure) {
    int hardware = lrt_hardware(accelerator);
    /* the NPU's accelerator registers even where there is nothing that it could dispatch to */
    bool is_there = hardware != 0 && (hardware != LRT_NPU || has_library("libLiteRtDispatch"));
    int status = is_there ? lrt_create_environment(hardware) : LRT_OK;
    if (status != LRT_OK)
        return fail(failure, "internal", "LiteRT does not start (status %d)", status);
    if (!is_there || !lrt_has_accelerator(hardware))
        return fail(failure, "accelerator_missing",
                    "LiteRT has no accelerator %s here: put its library beside "
                    "the engine's, or use cpu",
                    accelerator);
    lrt_register_spy();
    return true;
}

static bool lrt_bind(Failure *failure) {
    const char *missing = bind_symbols(&lrt, LRT_SYMBOLS, COUNT_OF(LRT_SYMBOLS));
    bool is_newer = lrt.CompiledModelIsNonCpuFullyAccelerated != NULL;
    snprintf(engine.version, sizeof engine.version,
             is_newer ? "2.3+" : "2.2"); /* it has no number inside */
    return missing == NULL || fail(failure, "engine_too_old",
                                   "LiteRT lacks %s: version 2.2 or later is needed", missing);
}

/* Add one set of options, in TOML. */
static int lrt_add_options(void *options, const char *name, const char *toml) {
    void *opaque = NULL;
    char *copy = strdup(toml);
    if (copy == NULL) return LRT_NO_MEMORY;
    int status = lrt.CreateOpaqueOptions(name, copy, free, &opaque);
    return status != LRT_OK ? status : lrt.AddOpaqueOptions(options, opaque);
}

static int lrt_make_options(const LoadPlan *plan, void **options) {
    char toml[128];
    int status = lrt.CreateOptions(options);
    if (status != LRT_OK) return status;
    lrt.SetOptionsHardwareAccelerators(*options, lrt_hardware(plan->accelerator) | LRT_CPU);
    snprintf(toml, sizeof toml, "num_threads = %d\nkernel_mode = \"%s\"\n", plan->threads,
             plan->is_xnnpack ? "delegate" : "builtin");
    status = lrt_add_options(*options, "xnnpack", toml);
    if (status == LRT_OK && plan->is_profiled)
        status = lrt_add_options(*options, "runtime_options_string", "enable_profiling = true\n");
    return status;
}

typedef int LrtGetAt(void *owner, size_t index, void **tensor);

/* Return the first free place where a tensor stands in the signature; `count` = there is none. */
static size_t lrt_slot(LrtGetAt *get, void *signature, size_t count, void *tensor,
                       void *const *handles) {
    size_t slot = 0;
    for (; slot < count; slot++) {
        void *candidate = NULL;
        bool is_free = handles[slot] == NULL;
        if (is_free && get(signature, slot, &candidate) == LRT_OK && candidate == tensor) break;
    }
    return slot;
}

/* Find the first signature, the one that runs; models without any have one that stands for it. */
static bool lrt_find_signature(Session *session, void **subgraph, void **signature,
                               Failure *failure) {
    size_t count = 0;
    lrt.GetNumModelSignatures(session->model, &count);
    if (count == 0 || lrt.GetModelSignature(session->model, 0, signature) != LRT_OK ||
        lrt.GetSignatureSubgraph(*signature, subgraph) != LRT_OK || *subgraph == NULL)
        return fail(failure, "model_refused", "the model has no graph that can run");
    return true;
}

static bool lrt_describe(Tensor *tensor, void *source, const LrtLayout *layout, Failure *failure) {
    LrtTensorType type = {0};
    LrtQuantization quantization = {0};
    const char *name = NULL;
    int kind = 0;
    if (lrt.GetRankedTensorType(source, &type) != LRT_OK)
        return fail(failure, "model_refused", "a tensor has no fixed rank");
    lrt.GetTensorName(source, &name);
    snprintf(tensor->name, sizeof tensor->name, "%s", name != NULL ? name : "");
    tensor->type = element_type(type.element_type);
    lrt.GetQuantizationTypeId(source, &kind);
    if (kind == LRT_QUANTIZATION_PER_TENSOR && is_quantisable(tensor->type) &&
        lrt.GetPerTensorQuantization(source, &quantization) == LRT_OK) {
        tensor->is_quantised = quantization.scale != 0;
        tensor->scale = quantization.scale;
        tensor->zero_point = quantization.zero_point;
    }
    return tensor_set_shape(tensor, (int)layout->rank, layout->dimensions) ||
           fail(failure, "model_refused", "tensor %.120s has an impossible shape", tensor->name);
}

/* Return the tensor before this output that is the same one of the graph; NULL = none. */
static const Tensor *lrt_twin(const Session *session, const Tensor *output) {
    for (size_t i = 0; i < session->input_count; i++)
        if (session->inputs[i].source == output->source) return &session->inputs[i];
    for (const Tensor *other = session->outputs; other < output; other++)
        if (other->source == output->source) return other;
    return NULL;
}

static int lrt_create_buffer(Session *session, Tensor *tensor, bool is_output) {
    LrtTensorType type = {.element_type = tensor->type->code,
                          .layout = {.rank = (unsigned)tensor->rank & 0x7F}};
    void *requirements = NULL;
    for (int i = 0; i < tensor->rank && i < LRT_MAX_RANK; i++)
        type.layout.dimensions[i] = (int32_t)tensor->shape[i];
    int status = (is_output ? lrt.GetCompiledModelOutputBufferRequirements
                            : lrt.GetCompiledModelInputBufferRequirements)(
        session->compiled, 0, tensor->slot, &requirements);
    if (status != LRT_OK) return status;
    return lrt.CreateManagedTensorBufferFromRequirements(lrt_environment, &type, requirements,
                                                         &tensor->handle);
}

/* Give a tensor its buffer; outputs that are inputs, or come twice, share one. */
static bool lrt_make_buffer(Session *session, Tensor *tensor, bool is_output, Failure *failure) {
    const Tensor *twin = is_output ? lrt_twin(session, tensor) : NULL;
    size_t packed_bytes = 0;
    int status = twin != NULL ? LRT_OK : lrt_create_buffer(session, tensor, is_output);
    if (status != LRT_OK) return lrt_fail(failure, "no buffer for a tensor", status);
    if (twin != NULL) tensor->handle = twin->handle;
    tensor->is_shared = twin != NULL;
    (is_output ? session->output_handles : session->input_handles)[tensor->slot] = tensor->handle;
    lrt.GetTensorBufferPackedSize(tensor->handle, &packed_bytes);
    if (tensor->type->bytes == 0) tensor->bytes = packed_bytes;
    if (packed_bytes < tensor->bytes)
        return fail(failure, "model_refused", "a buffer is too small for its tensor");
    return tensor_allocate(tensor, is_output, failure);
}

static bool lrt_describe_inputs(Session *session, void *subgraph, void *signature,
                                Failure *failure) {
    size_t count = 0, graph_count = 0;
    lrt.GetNumSubgraphInputs(subgraph, &graph_count);
    lrt.GetNumSignatureInputs(signature, &count);
    if (count != graph_count || count > MAX_TENSORS)
        return fail(failure, "model_refused",
                    "it has too many inputs, or others than its signature");
    session->input_count = count;
    for (size_t i = 0; i < count; i++) {
        Tensor *tensor = &session->inputs[i];
        LrtLayout layout = {0};
        lrt.GetSubgraphInput(subgraph, i, &tensor->source);
        tensor->slot = lrt_slot(lrt.GetSignatureInputTensorByIndex, signature, count,
                                tensor->source, session->input_handles);
        if (tensor->slot == count)
            return fail(failure, "model_refused", "its signature lacks an input of its graph");
        if (lrt.GetCompiledModelInputTensorLayout(session->compiled, 0, tensor->slot, &layout) !=
            LRT_OK)
            return fail(failure, "model_refused", "the shape of an input is not known");
        if (!lrt_describe(tensor, tensor->source, &layout, failure)) return false;
        if (!lrt_make_buffer(session, tensor, false, failure)) return false;
    }
    return true;
}

static bool lrt_describe_outputs(Session *session, void *subgraph, void *signature,
                                 Failure *failure) {
    LrtLayout layouts[MAX_TENSORS] = {{0}};
    size_t count = 0, graph_count = 0;
    lrt.GetNumSubgraphOutputs(subgraph, &graph_count);
    lrt.GetNumSignatureOutputs(signature, &count);
    if (count != graph_count || count > MAX_TENSORS)
        return fail(failure, "model_refused",
                    "it has too many outputs, or others than its signature");
    int status =
        lrt.GetCompiledModelOutputTensorLayouts(session->compiled, 0, count, layouts, true);
    if (status != LRT_OK) return lrt_fail(failure, "its tensors cannot be allocated", status);
    session->output_count = count;
    for (size_t i = 0; i < count; i++) {
        Tensor *tensor = &session->outputs[i];
        lrt.GetSubgraphOutput(subgraph, i, &tensor->source);
        tensor->slot = lrt_slot(lrt.GetSignatureOutputTensorByIndex, signature, count,
                                tensor->source, session->output_handles);
        if (tensor->slot == count)
            return fail(failure, "model_refused", "its signature lacks an output of its graph");
        if (!lrt_describe(tensor, tensor->source, &layouts[tensor->slot], failure)) return false;
        if (!lrt_make_buffer(session, tensor, true, failure)) return false;
    }
    return true;
}

/* Say what the engine itself says, where the spy did not count. */
static void lrt_ask_placement(Session *session, const char *asked) {
    Placement *placement = &session->placement;
    bool is_full = false;
    if (placement->is_counted || strcmp(asked, "cpu") == 0) return;
    if (lrt.CompiledModelIsNonCpuFullyAccelerated != NULL &&
        lrt.CompiledModelIsNonCpuFullyAccelerated(session->compiled, &is_full) == LRT_OK && is_full)
        placement->coverage = "full";
}

static bool lrt_load(Session *session, const char *path, const LoadPlan *plan, Failure *failure) {
    void *subgraph = NULL, *signature = NULL;
    int status = lrt.CreateModelFromFile(lrt_environment, path, &session->model);
    if (status != LRT_OK) return lrt_fail(failure, "it is not a model", status);
    status = lrt_make_options(plan, &session->options);
    if (status != LRT_OK) return lrt_fail(failure, "its options are refused", status);
    spy_reset(plan->accelerator, true);
    lrt_spied_hardware = plan->is_spied ? LRT_CPU : 0;
    status = lrt.CreateCompiledModel(lrt_environment, session->model, session->options,
                                     &session->compiled);
    if (status != LRT_OK) return lrt_fail(failure, "it cannot be compiled", status);
    session->placement = spy.seen;
    lrt_ask_placement(session, plan->accelerator);
    if (plan->is_profiled) lrt.CompiledModelGetProfiler(session->compiled, &session->profiler);
    return lrt_find_signature(session, &subgraph, &signature, failure) &&
           lrt_describe_inputs(session, subgraph, signature, failure) &&
           lrt_describe_outputs(session, subgraph, signature, failure);
}

static bool lrt_infer(Session *session, Failure *failure) {
    for (size_t i = 0; i < session->input_count; i++) {
        void *address = NULL;
        int status = lrt.LockTensorBuffer(session->inputs[i].handle, &address, LRT_LOCK_WRITE);
        if (status != LRT_OK)
            return fail(failure, "run_failed", "an input cannot be written (status %d)", status);
        memcpy(address, session->inputs[i].raw, session->inputs[i].bytes);
        lrt.UnlockTensorBuffer(session->inputs[i].handle);
    }
    int status =
        lrt.RunCompiledModel(session->compiled, 0, session->input_count, session->input_handles,
                             session->output_count, session->output_handles);
    if (status != LRT_OK)
        return fail(failure, "run_failed", "the inference failed (status %d)", status);
    for (size_t i = 0; i < session->output_count; i++) {
        Tensor *output = &session->outputs[i];
        void *address = NULL;
        status = lrt.LockTensorBuffer(output->handle, &address, LRT_LOCK_READ);
        if (status != LRT_OK)
            return fail(failure, "run_failed", "an output cannot be read (status %d)", status);
        memcpy(output->raw, address, output->bytes);
        lrt.UnlockTensorBuffer(output->handle);
        if (output->is_quantised) tensor_dequantise(output);
    }
    return true;
}

static void lrt_destroy_buffers(const Tensor *tensors, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (tensors[i].handle != NULL && !tensors[i].is_shared)
            lrt.DestroyTensorBuffer(tensors[i].handle);
}

static void lrt_unload(Session *session) {
    lrt_destroy_buffers(session->inputs, session->input_count);
    lrt_destroy_buffers(session->outputs, session->output_count);
    if (session->compiled != NULL) lrt.DestroyCompiledModel(session->compiled);
    if (session->options != NULL) lrt.DestroyOptions(session->options);
    if (session->model != NULL) lrt.DestroyModel(session->model);
}

/* -- its profiler -- */

#define LRT_EVENT_OPERATOR 2
#define LRT_EVENT_DELEGATE_OPERATOR 4
#define LRT_EVENT_DELEGATE_PROFILED 8
#define LRT_LAST_EVENT_TYPE 256
#define LRT_LAST_EVENT_SOURCE 2

static bool lrt_is_op(const LrtProfilerEvent *seen) {
    return seen->type == LRT_EVENT_OPERATOR || seen->type == LRT_EVENT_DELEGATE_OPERATOR ||
           seen->type == LRT_EVENT_DELEGATE_PROFILED;
}

/* Whether the events look as this runner knows them: another version may lay them out otherwise. */
static bool lrt_is_plausible(const LrtProfilerEvent *events, int count) {
    for (int i = 0; i < count; i++) {
        int type = events[i].type, source = events[i].source;
        bool is_known = type > 0 && type <= LRT_LAST_EVENT_TYPE && (type & (type - 1)) == 0;
        if (!is_known || source < 0 || source > LRT_LAST_EVENT_SOURCE || events[i].tag == NULL)
            return false;
    }
    return true;
}

/* Say where a kernel inside a delegate ran: there is one, or XNNPACK takes what it left. */
static void lrt_place_kernel(const Placement *placement, const LrtProfilerEvent *seen,
                             ProfiledOp *op) {
    const PlacedPart *chosen = NULL;
    for (size_t i = 0; i < placement->part_count; i++) {
        const PlacedPart *part = &placement->parts[i];
        bool is_xnnpack = strcmp(part->delegate, "XNNPACK") == 0;
        if (part->delegate[0] == '\0') continue;
        if (chosen == NULL || is_xnnpack == (seen->type == LRT_EVENT_DELEGATE_PROFILED))
            chosen = part;
    }
    snprintf(op->unit, sizeof op->unit, "%s", chosen != NULL ? chosen->unit : "cpu");
    snprintf(op->delegate, sizeof op->delegate, "%s",
             chosen != NULL ? chosen->delegate : "XNNPACK");
}

static void lrt_name_op(const Placement *placement, const LrtProfilerEvent *seen, ProfiledOp *op) {
    op->name = strdup(seen->tag);
    if (seen->type != LRT_EVENT_OPERATOR) {
        lrt_place_kernel(placement, seen, op);
    } else if (strstr(seen->tag, "Delegate") != NULL) {
        name_delegate(seen->tag, spy.asked, op->unit, op->delegate);
    } else {
        snprintf(op->unit, sizeof op->unit, "cpu");
    }
}

/* Add one inference's events; false when its ops are not those of the inferences before. */
static bool lrt_add_run(const Placement *placement, const LrtProfilerEvent *events, int count,
                        ProfileTable *table) {
    bool is_first = table->runs == 0;
    size_t seen = 0;
    for (int i = 0; i < count; i++) {
        if (!lrt_is_op(&events[i])) continue;
        if (seen == MAX_PROFILED_OPS || (!is_first && seen == table->count)) return false;
        if (is_first) lrt_name_op(placement, &events[i], &table->ops[table->count++]);
        ProfiledOp *op = &table->ops[seen++];
        if (op->name == NULL || strcmp(op->name, events[i].tag) != 0) return false;
        op->sum_ns += (double)events[i].elapsed_us * 1000;
    }
    table->runs++;
    return seen == table->count;
}

/* Profile one inference. */
static bool lrt_profile(Session *session, ProfileTable *table) {
    Failure ignored = {0};
    int count = 0;
    if (session->profiler == NULL) return false;
    lrt.ResetProfiler(session->profiler);
    lrt.StartProfiler(session->profiler);
    bool is_run = lrt_infer(session, &ignored);
    lrt.StopProfiler(session->profiler);
    if (!is_run || lrt.GetNumProfilerEvents(session->profiler, &count) != LRT_OK || count <= 0)
        return false;
    LrtProfilerEvent *events = calloc((size_t)count + 1, sizeof *events);
    bool is_added =
        events != NULL && lrt.GetProfilerEvents(session->profiler, count, events) == LRT_OK &&
        lrt_is_plausible(events, count) && lrt_add_run(&session->placement, events, count, table);
    free(events);
    return is_added;
}

/* ---- The TensorFlow Lite C engine --------------------------------------------------------- */

typedef struct {
    float scale;
    int32_t zero_point;
} TflQuantization;

/* Options structs are larger than this runner knows; their defaults come by value. */
typedef struct {
    int32_t words[256];
} TflDelegateOptions;

/* X(result, name, parameters): required; see LRT_FUNCTIONS. */
#define TFL_FUNCTIONS(X)                                                                  \
    X(const char *, Version, (void))                                                      \
    X(void *, ModelCreateFromFile, (const char *path))                                    \
    X(void, ModelDelete, (void *model))                                                   \
    X(void *, InterpreterOptionsCreate, (void))                                           \
    X(void, InterpreterOptionsDelete, (void *options))                                    \
    X(void, InterpreterOptionsSetNumThreads, (void *options, int32_t threads))            \
    X(void, InterpreterOptionsAddDelegate, (void *options, void *delegate))               \
    X(void *, InterpreterCreate, (const void *model, const void *options))                \
    X(void, InterpreterDelete, (void *interpreter))                                       \
    X(int, InterpreterAllocateTensors, (void *interpreter))                               \
    X(int, InterpreterInvoke, (void *interpreter))                                        \
    X(int32_t, InterpreterGetInputTensorCount, (const void *interpreter))                 \
    X(int32_t, InterpreterGetOutputTensorCount, (const void *interpreter))                \
    X(void *, InterpreterGetInputTensor, (const void *interpreter, int32_t index))        \
    X(const void *, InterpreterGetOutputTensor, (const void *interpreter, int32_t index)) \
    X(int, TensorType, (const void *tensor))                                              \
    X(int32_t, TensorNumDims, (const void *tensor))                                       \
    X(int32_t, TensorDim, (const void *tensor, int32_t index))                            \
    X(size_t, TensorByteSize, (const void *tensor))                                       \
    X(const char *, TensorName, (const void *tensor))                                     \
    X(TflQuantization, TensorQuantizationParams, (const void *tensor))                    \
    X(int, TensorCopyFromBuffer, (void *tensor, const void *data, size_t bytes))          \
    X(int, TensorCopyToBuffer, (const void *tensor, void *data, size_t bytes))

#define TFL_OPTIONAL_FUNCTIONS(X)                                                   \
    X(int, InterpreterModifyGraphWithDelegate, (void *interpreter, void *delegate)) \
    X(TflDelegateOptions, XNNPackDelegateOptionsDefault, (void))                    \
    X(void *, XNNPackDelegateCreate, (const void *options))                         \
    X(void, XNNPackDelegateDelete, (void *delegate))                                \
    X(TflDelegateOptions, GpuDelegateOptionsV2Default, (void))                      \
    X(void *, GpuDelegateV2Create, (const void *options))                           \
    X(void, GpuDelegateV2Delete, (void *delegate))                                  \
    X(TflDelegateOptions, NnapiDelegateOptionsDefault, (void))                      \
    X(void *, NnapiDelegateCreate, (const void *options))                           \
    X(void, NnapiDelegateDelete, (void *delegate))

#define TFL_MEMBER(result, name, parameters) result(*name) parameters;
#define TFL_SYMBOL(result, name, parameters) {"TfLite" #name, offsetof(TflFunctions, name), false},
#define TFL_OPTIONAL_SYMBOL(result, name, parameters) \
    {"TfLite" #name, offsetof(TflFunctions, name), true},

typedef struct {
    TFL_FUNCTIONS(TFL_MEMBER)
    TFL_OPTIONAL_FUNCTIONS(TFL_MEMBER)
} TflFunctions;

static const Symbol TFL_SYMBOLS[] = {TFL_FUNCTIONS(TFL_SYMBOL)
                                         TFL_OPTIONAL_FUNCTIONS(TFL_OPTIONAL_SYMBOL)};

static TflFunctions tfl;

/* Versions 2.x that brought something. */
enum { TFL_OPAQUE_DELEGATES = 12, TFL_OUTSIDE_WEIGHTS = 15 };

/* A delegate that the C API can make. */
typedef struct {
    const char *accelerator;
    TflDelegateOptions (*options)(void);
    void *(*create)(const void *options);
    void (*release)(void *delegate);
} TflDelegateKind;

static TflDelegateKind tfl_delegate_kind(const char *accelerator) {
    if (strcmp(accelerator, "gpu") == 0)
        return (TflDelegateKind){"gpu", tfl.GpuDelegateOptionsV2Default, tfl.GpuDelegateV2Create,
                                 tfl.GpuDelegateV2Delete};
    if (strcmp(accelerator, "nnapi") == 0)
        return (TflDelegateKind){"nnapi", tfl.NnapiDelegateOptionsDefault, tfl.NnapiDelegateCreate,
                                 tfl.NnapiDelegateDelete};
    if (strcmp(accelerator, "cpu") == 0)
        return (TflDelegateKind){"cpu", tfl.XNNPackDelegateOptionsDefault,
                                 tfl.XNNPackDelegateCreate, tfl.XNNPackDelegateDelete};
    return (TflDelegateKind){0};
}

static bool tfl_is_complete(const TflDelegateKind *kind) {
    return kind->options != NULL && kind->create != NULL && kind->release != NULL;
}

static bool tfl_open(const char *accelerator, Failure *failure) {
    TflDelegateKind kind = tfl_delegate_kind(accelerator);
    return strcmp(accelerator, "cpu") == 0 || tfl_is_complete(&kind) ||
           fail(failure, "accelerator_missing",
                "this TensorFlow Lite library has no accelerator %s: use cpu", accelerator);
}

/* Whether the library is of version 2.`minor` or later. */
static bool tfl_is_since(int minor) {
    int major = 0, found = 0;
    return sscanf(engine.version, "%d.%d", &major, &found) == 2 &&
           (major > 2 || (major == 2 && found >= minor));
}

static bool tfl_bind(Failure *failure) {
    const char *missing = bind_symbols(&tfl, TFL_SYMBOLS, COUNT_OF(TFL_SYMBOLS));
    if (missing != NULL)
        return fail(failure, "engine_too_old",
                    "the library lacks %s: LiteRT 2.2 or TensorFlow Lite 2.9 or later is needed",
                    missing);
    snprintf(engine.version, sizeof engine.version, "%.31s", tfl.Version());
    engine.is_old = !tfl_is_since(TFL_OUTSIDE_WEIGHTS);
    return true;
}

/* Make a delegate; its first option is XNNPACK's number of threads. */
static void *tfl_make_delegate(const TflDelegateKind *kind, const LoadPlan *plan) {
    TflDelegateOptions options = kind->options();
    if (strcmp(kind->accelerator, "cpu") == 0) options.words[0] = plan->threads;
    return kind->create(&options);
}

static bool tfl_add_delegates(Session *session, const LoadPlan *plan, Failure *failure) {
    TflDelegateKind kinds[2] = {tfl_delegate_kind(plan->accelerator), tfl_delegate_kind("cpu")};
    for (size_t i = 0; i < 2; i++) {
        bool is_cpu = strcmp(kinds[i].accelerator, "cpu") == 0;
        bool is_doubled = i == 1 && strcmp(plan->accelerator, "cpu") == 0;
        if (is_doubled || (is_cpu && (!plan->is_xnnpack || !tfl_is_complete(&kinds[i])))) continue;
        session->delegates[i] = tfl_make_delegate(&kinds[i], plan);
        session->release[i] = kinds[i].release;
        if (session->delegates[i] == NULL)
            return fail(failure, is_cpu ? "model_refused" : "accelerator_missing",
                        "no delegate for %s could be made", kinds[i].accelerator);
        tfl.InterpreterOptionsAddDelegate(session->options, session->delegates[i]);
    }
    return true;
}

static bool tfl_describe(Tensor *tensor, const void *source, bool is_output, Failure *failure) {
    int32_t shape[MAX_RANK] = {0};
    int32_t rank = tfl.TensorNumDims(source);
    for (int32_t i = 0; i < rank && i < MAX_RANK; i++) shape[i] = tfl.TensorDim(source, i);
    const char *name = tfl.TensorName(source);
    TflQuantization quantization = tfl.TensorQuantizationParams(source);
    snprintf(tensor->name, sizeof tensor->name, "%s", name != NULL ? name : "");
    tensor->type = element_type(tfl.TensorType(source));
    tensor->is_quantised = quantization.scale != 0 && is_quantisable(tensor->type);
    tensor->scale = quantization.scale;
    tensor->zero_point = quantization.zero_point;
    if (!tensor_set_shape(tensor, rank, shape))
        return fail(failure, "model_refused", "tensor %.120s has an impossible shape",
                    tensor->name);
    size_t bytes = tfl.TensorByteSize(source);
    if (tensor->type->bytes == 0) tensor->bytes = bytes;
    if (bytes != tensor->bytes)
        return fail(failure, "model_refused", "the shape of tensor %.120s is not known beforehand",
                    tensor->name);
    return tensor_allocate(tensor, is_output, failure);
}

static bool tfl_describe_tensors(Session *session, Failure *failure) {
    int32_t inputs = tfl.InterpreterGetInputTensorCount(session->compiled);
    int32_t outputs = tfl.InterpreterGetOutputTensorCount(session->compiled);
    if (inputs < 0 || inputs > MAX_TENSORS || outputs < 0 || outputs > MAX_TENSORS)
        return fail(failure, "model_refused", "it has too many inputs or outputs");
    session->input_count = (size_t)inputs;
    session->output_count = (size_t)outputs;
    for (int32_t i = 0; i < inputs; i++) {
        session->inputs[i].handle = tfl.InterpreterGetInputTensor(session->compiled, i);
        if (!tfl_describe(&session->inputs[i], session->inputs[i].handle, false, failure))
            return false;
    }
    for (int32_t i = 0; i < outputs; i++)
        if (!tfl_describe(&session->outputs[i],
                          tfl.InterpreterGetOutputTensor(session->compiled, i), true, failure))
            return false;
    return true;
}

static bool tfl_load(Session *session, const char *path, const LoadPlan *plan, Failure *failure) {
    if (has_outside_weights && !tfl_is_since(TFL_OUTSIDE_WEIGHTS))
        return fail(failure, "engine_too_old",
                    "the variant keeps weights behind its FlatBuffer, which TensorFlow "
                    "Lite %s cannot read: use LiteRT",
                    engine.version);
    session->model = tfl.ModelCreateFromFile(path);
    if (session->model == NULL) return fail(failure, "model_refused", "it is not a model");
    session->options = tfl.InterpreterOptionsCreate();
    if (session->options == NULL) return out_of_memory(failure);
    tfl.InterpreterOptionsSetNumThreads(session->options, plan->threads);
    if (!tfl_add_delegates(session, plan, failure)) return false;
    session->compiled = tfl.InterpreterCreate(session->model, session->options);
    if (session->compiled == NULL) return fail(failure, "model_refused", "it cannot be prepared");
    if (tfl.InterpreterAllocateTensors(session->compiled) != 0)
        return fail(failure, "model_refused", "its tensors cannot be allocated");
    spy_reset(plan->accelerator, tfl_is_since(TFL_OPAQUE_DELEGATES));
    if (plan->is_spied && tfl.InterpreterModifyGraphWithDelegate != NULL &&
        tfl.InterpreterModifyGraphWithDelegate(session->compiled, &spy_delegate) != 0)
        return fail(failure, "internal",
                    "its ops cannot be counted"); /* the load without the spy follows */
    session->placement = spy.seen;
    return tfl_describe_tensors(session, failure);
}

static bool tfl_infer(Session *session, Failure *failure) {
    for (size_t i = 0; i < session->input_count; i++)
        if (tfl.TensorCopyFromBuffer(session->inputs[i].handle, session->inputs[i].raw,
                                     session->inputs[i].bytes) != 0)
            return fail(failure, "run_failed", "an input cannot be written");
    if (tfl.InterpreterInvoke(session->compiled) != 0)
        return fail(failure, "run_failed", "the inference failed");
    for (size_t i = 0; i < session->output_count; i++) {
        Tensor *output = &session->outputs[i];
        const void *source = tfl.InterpreterGetOutputTensor(session->compiled, (int32_t)i);
        if (tfl.TensorCopyToBuffer(source, output->raw, output->bytes) != 0)
            return fail(failure, "run_failed", "an output cannot be read");
        if (output->is_quantised) tensor_dequantise(output);
    }
    return true;
}

static void tfl_unload(Session *session) {
    if (session->compiled != NULL) tfl.InterpreterDelete(session->compiled);
    if (session->options != NULL) tfl.InterpreterOptionsDelete(session->options);
    if (session->model != NULL) tfl.ModelDelete(session->model);
    for (size_t i = 0; i < COUNT_OF(session->delegates); i++)
        if (session->delegates[i] != NULL) session->release[i](session->delegates[i]);
}

/* ---- Finding and opening an engine -------------------------------------------------------- */

/* Whether there is address space and memory for so much more. */
static bool can_allocate(size_t bytes) {
    void *probe = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (probe == MAP_FAILED) return false;
    munmap(probe, bytes);
    return true;
}

#define LIBRARY_BYTES (64u << 20) /* more than an engine and the libraries it needs take */

static const char *const LIBRARIES[] = {"libLiteRt.so", "libtensorflowlite_c.so",
                                        "libtensorflowlite_jni.so"};

/* Say why dlopen failed; the words are those of glibc and of Android's linker. */
static bool fail_to_open(const char *path, const char *problem, Failure *failure) {
    if (!can_allocate(LIBRARY_BYTES)) return out_of_memory(failure);
    return fail(failure, "engine_wrong_abi", "%s cannot be opened on this device: %s",
                base_name(path), problem);
}

/* Open a file that is there. */
static bool open_library(const char *path, Failure *failure) {
    engine.library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const char *problem = engine.library == NULL ? dlerror() : NULL;
    return engine.library != NULL ||
           fail_to_open(path, problem != NULL ? problem : "unknown problem", failure);
}

static void set_folder_of(const char *path) {
    char *slash = NULL;
    snprintf(engine.folder, sizeof engine.folder, "%s", path);
    slash = strrchr(engine.folder, '/');
    if (slash != NULL)
        *slash = '\0';
    else
        engine.folder[0] = '\0';
}

/* Make a path absolute where that is possible: the linker searches for plain names elsewhere. */
static void make_absolute(const char *path, char absolute[MAX_PATH_BYTES]) {
    char folder[MAX_PATH_BYTES / 2];
    if (path[0] == '/' || getcwd(folder, sizeof folder) == NULL)
        snprintf(absolute, MAX_PATH_BYTES, "%s", path);
    else
        snprintf(absolute, MAX_PATH_BYTES, "%s/%.2000s", folder, path);
}

static bool find_beside_runner(char path[MAX_PATH_BYTES]) {
    ssize_t length = readlink("/proc/self/exe", engine.folder, sizeof engine.folder - 1);
    engine.folder[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(engine.folder, '/');
    if (slash == NULL) return false;
    *slash = '\0';
    for (size_t i = 0; i < COUNT_OF(LIBRARIES); i++) {
        snprintf(path, MAX_PATH_BYTES, "%.4000s/%s", engine.folder, LIBRARIES[i]);
        if (access(path, F_OK) == 0) return true;
    }
    return false;
}

/* Whether the linker found no file of this name, rather than one that it could not use. */
static bool is_not_found(const char *name, const char *problem) {
    bool is_missing =
        strstr(problem, "No such file") != NULL || strstr(problem, "not found") != NULL;
    return is_missing && strstr(problem, name) != NULL && strstr(problem, "needed by") == NULL;
}

/* Ask the linker where it found the engine: its accelerators lie beside it. */
static void find_folder(void) {
    Dl_info info = {0};
    void *symbol = dlsym(engine.library, "LiteRtCreateEnvironment");
    engine.folder[0] = '\0';
    if (symbol != NULL && dladdr(symbol, &info) != 0 && info.dli_fname != NULL)
        set_folder_of(info.dli_fname);
}

/* Look where the linker looks. */
static bool open_anywhere(Failure *failure) {
    for (size_t i = 0; i < COUNT_OF(LIBRARIES); i++) {
        engine.library = dlopen(LIBRARIES[i], RTLD_NOW | RTLD_LOCAL);
        const char *problem = engine.library == NULL ? dlerror() : NULL;
        if (engine.library != NULL) {
            find_folder();
            return true;
        }
        if (problem != NULL && !is_not_found(LIBRARIES[i], problem))
            return fail_to_open(LIBRARIES[i], problem, failure);
    }
    return fail(failure, "engine_missing", "there is no %s beside the runner: push one",
                LIBRARIES[0]);
}

static bool find_library(const char *wanted, Failure *failure) {
    char path[MAX_PATH_BYTES];
    if (wanted == NULL)
        return find_beside_runner(path) ? open_library(path, failure) : open_anywhere(failure);
    make_absolute(wanted, path);
    set_folder_of(path);
    if (access(path, R_OK) != 0)
        return fail(failure, "engine_missing", "the engine's library %s cannot be read: %s",
                    base_name(path), strerror(errno));
    return open_library(path, failure);
}

static void choose_api(bool is_litert) {
    if (is_litert) {
        engine.name = "LiteRT";
        engine.open = lrt_open;
        engine.load = lrt_load;
        engine.infer = lrt_infer;
        engine.unload = lrt_unload;
        engine.profile = lrt_profile;
    } else {
        engine.name = "TensorFlow Lite";
        engine.open = tfl_open;
        engine.load = tfl_load;
        engine.infer = tfl_infer;
        engine.unload = tfl_unload;
    }
}

/* Open the engine's library and choose the API that it has: its functions tell, not its name. */
static bool engine_open(const char *library, const char *accelerator, Failure *failure) {
    atomic_store(&engine_stage, IN_OPEN);
    bool is_open = find_library(library, failure);
    if (is_open) {
        bool is_litert = dlsym(engine.library, "LiteRtCreateCompiledModel") != NULL;
        choose_api(is_litert);
        is_open = (is_litert ? lrt_bind(failure) : tfl_bind(failure)) &&
                  engine.open(accelerator, failure);
    }
    atomic_store(&engine_stage, OUTSIDE_ENGINE);
    return is_open;
}

/* ---- Is the variant whole? ---------------------------------------------------------------- */

/* LiteRT trusts the offsets in a file and crashes on one that was cut short. A .tflite file is a
 * FlatBuffer: tables of offsets; what this checks is that graphs, ops and weights lie inside. */

typedef struct {
    const unsigned char *bytes;
    size_t size;
} Flat;

enum { MODEL_CODES = 1, MODEL_GRAPHS = 2, MODEL_BUFFERS = 4 };
enum { GRAPH_TENSORS = 0, GRAPH_INPUTS = 1, GRAPH_OUTPUTS = 2, GRAPH_OPS = 3 };
enum { BUFFER_DATA = 0, BUFFER_OFFSET = 1, BUFFER_SIZE = 2 };

/* Read `count` bytes as a whole number; false outside the file. */
static bool flat_read(const Flat *flat, size_t at, size_t count, uint64_t *value) {
    if (at > flat->size || count > flat->size - at) return false;
    *value = 0;
    for (size_t i = count; i > 0; i--) *value = *value << 8 | flat->bytes[at + i - 1];
    return true;
}

/* Find a field of a table; 0 = it is left out. */
static bool flat_field(const Flat *flat, size_t table, int field, size_t *at) {
    uint64_t back = 0, entries_bytes = 0, entry = 0;
    if (!flat_read(flat, table, 4, &back)) return false;
    size_t entries =
        table - (size_t)(int64_t)(int32_t)(uint32_t)back; /* wraps for what lies outside */
    *at = 0;
    if (!flat_read(flat, entries, 2, &entries_bytes)) return false;
    if (entries_bytes < 6 + 2 * (uint64_t)field) return true;
    if (!flat_read(flat, entries + 4 + 2 * (size_t)field, 2, &entry)) return false;
    if (entry != 0) *at = table + (size_t)entry;
    return true;
}

/* Find the elements of a vector field; a field that is left out has none. */
static bool flat_vector(const Flat *flat, size_t table, int field, size_t element_bytes,
                        size_t *first, size_t *count) {
    size_t at = 0;
    uint64_t offset = 0, length = 0;
    *count = 0;
    if (!flat_field(flat, table, field, &at)) return false;
    if (at == 0) return true;
    if (!flat_read(flat, at, 4, &offset) || !flat_read(flat, at + (size_t)offset, 4, &length))
        return false;
    *first = at + (size_t)offset + 4;
    *count = (size_t)length;
    return length <= (flat->size - *first) / element_bytes;
}

typedef bool CheckTable(const Flat *flat, size_t table);

static bool flat_tables(const Flat *flat, size_t table, int field, CheckTable *check) {
    size_t first = 0, count = 0;
    if (!flat_vector(flat, table, field, 4, &first, &count)) return false;
    for (size_t i = 0; i < count; i++) {
        uint64_t offset = 0;
        flat_read(flat, first + 4 * i, 4, &offset);
        if (!check(flat, first + 4 * i + (size_t)offset)) return false;
    }
    return true;
}

static bool is_table(const Flat *flat, size_t table) {
    size_t at = 0;
    return flat_field(flat, table, 0, &at);
}

static bool is_buffer_inside(const Flat *flat, size_t table) {
    size_t first = 0, count = 0, offset_at = 0, size_at = 0;
    uint64_t offset = 0, size = 0;
    if (!flat_vector(flat, table, BUFFER_DATA, 1, &first, &count)) return false;
    if (!flat_field(flat, table, BUFFER_OFFSET, &offset_at) ||
        !flat_field(flat, table, BUFFER_SIZE, &size_at))
        return false;
    if (offset_at == 0 || size_at == 0) return true;
    has_outside_weights = true;
    if (!flat_read(flat, offset_at, 8, &offset) || !flat_read(flat, size_at, 8, &size))
        return false;
    return offset <= flat->size && size <= flat->size - offset;
}

static bool is_graph_inside(const Flat *flat, size_t table) {
    size_t first = 0, count = 0;
    return flat_tables(flat, table, GRAPH_TENSORS, is_table) &&
           flat_tables(flat, table, GRAPH_OPS, is_table) &&
           flat_vector(flat, table, GRAPH_INPUTS, 4, &first, &count) &&
           flat_vector(flat, table, GRAPH_OUTPUTS, 4, &first, &count);
}

static bool is_model_inside(const Flat *flat) {
    uint64_t root = 0;
    return flat_read(flat, 0, 4, &root) && flat_tables(flat, (size_t)root, MODEL_CODES, is_table) &&
           flat_tables(flat, (size_t)root, MODEL_GRAPHS, is_graph_inside) &&
           flat_tables(flat, (size_t)root, MODEL_BUFFERS, is_buffer_inside);
}

/* Refuse a file that is no .tflite, or only a part of one. */
static bool check_model(int fd, size_t size, Failure *failure) {
    if (size < 8) return fail(failure, "model_refused", "the variant is empty: push it again");
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) return out_of_memory(failure);
    Flat flat = {bytes, size};
    bool is_tflite = memcmp(flat.bytes + 4, "TFL3", 4) == 0;
    bool is_whole = is_tflite && is_model_inside(&flat);
    munmap(bytes, size);
    if (!is_tflite) return fail(failure, "model_refused", "the variant is no .tflite file");
    return is_whole || fail(failure, "model_refused",
                            "the variant's file is damaged or cut short: export it again");
}

/* ---- Loading a variant -------------------------------------------------------------------- */

#define ENGINE_WORDS_BYTES 8192

static int64_t variant_bytes; /* size of the file */

/* Whether an allocation of what a load takes at least would fail now: engines name that in many
 * ways. They map the file and repack its weights. */
static bool is_memory_short(void) {
    return !can_allocate(2 * (size_t)variant_bytes + 1);
}

static void session_free(Session *session) {
    int stage = atomic_exchange(&engine_stage, IN_LOAD);
    engine.unload(session);
    atomic_store(&engine_stage, stage);
    tensors_free(session->inputs, session->input_count);
    tensors_free(session->outputs, session->output_count);
    memset(session, 0, sizeof *session);
}

static bool session_try(Session *session, const char *path, const LoadPlan *plan,
                        Failure *failure) {
    if (engine.load(session, path, plan, failure)) return true;
    session_free(session);
    return false;
}

/* Hears what the engine writes to stderr, where engines explain themselves. */
typedef struct {
    int ends[2], stderr_copy; /* of the copy: -1 = deaf */
} Ear;

static void ear_open(Ear *ear) {
    ear->stderr_copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (ear->stderr_copy >= 0 && pipe2(ear->ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        close(ear->stderr_copy);
        ear->stderr_copy = -1;
    }
    if (ear->stderr_copy >= 0) dup2(ear->ends[1], STDERR_FILENO);
}

/* Return what was written (static, ends with NUL) after passing it on to stderr. */
static char *ear_close(Ear *ear) {
    static char words[ENGINE_WORDS_BYTES];
    words[0] = '\0';
    if (ear->stderr_copy < 0) return words;
    dup2(ear->stderr_copy, STDERR_FILENO);
    ssize_t got = read(ear->ends[0], words, sizeof words - 1);
    words[got > 0 ? got : 0] = '\0';
    write_all(STDERR_FILENO, words, strlen(words));
    close(ear->ends[0]);
    close(ear->ends[1]);
    close(ear->stderr_copy);
    return words;
}

/* Return the first error that the engine wrote; those after it follow from it. Cuts `words`. */
static const char *first_error(char *words) {
    static const char mark[] = "ERROR: ";
    char *found = strstr(words, mark);
    if (found == NULL) return "";
    found += strlen(mark);
    found[strcspn(found, "\n")] = '\0';
    return found;
}

static bool is_op_missing(const char *words) {
    return strstr(words, "unresolved custom op") != NULL ||
           strstr(words, "Didn't find op") != NULL || strstr(words, "Unsupported ops") != NULL ||
           strstr(words, "Op builtin_code out of range") != NULL;
}

/* Whether the variant loads without the accelerator: then that refuses it, not the engine. */
static bool does_cpu_take_it(Session *session, const char *path, const LoadPlan *plan) {
    Failure ignored = {0};
    LoadPlan on_cpu = *plan;
    on_cpu.accelerator = "cpu";
    on_cpu.is_spied = false;
    if (!session_try(session, path, &on_cpu, &ignored)) return false;
    session_free(session);
    return true;
}

/* Name the cause of a load that failed. */
static bool fail_to_load(Session *session, const char *path, const LoadPlan *plan, char *words,
                         const Failure *cause, Failure *failure) {
    bool is_cpu = strcmp(plan->accelerator, "cpu") == 0;
    const char *code = cause->code;
    if (strcmp(code, "out_of_memory") == 0 || is_memory_short()) return out_of_memory(failure);
    if (is_op_missing(words))
        code = "op_unsupported";
    else if (!is_cpu && does_cpu_take_it(session, path, plan))
        code = "accelerator_missing";
    const char *detail = first_error(words);
    if (code == cause->code && strcmp(code, "model_refused") != 0)
        return fail(failure, code, "%s", cause->text);
    return fail(failure, code, "%s cannot load %.200s%s%s: %s%s%.300s", engine.name,
                base_name(path), is_cpu ? "" : " on ", is_cpu ? "" : plan->accelerator, cause->text,
                detail[0] != '\0' ? ": " : "", detail);
}

/* Load a variant. The spy is left out of a second try: not every delegate bears one after it. */
static bool session_load(Session *session, const char *path, LoadPlan plan, Failure *failure) {
    Failure first = {0}, second = {0};
    Ear ear;
    char *words = NULL;
    atomic_store(&engine_stage, IN_LOAD);
    plan.is_spied = true;
    bool is_loaded = session_try(session, path, &plan, &first);
    if (!is_loaded) {
        plan.is_spied = false;
        ear_open(&ear);
        is_loaded = session_try(session, path, &plan, &second);
        words = ear_close(&ear);
    }
    if (!is_loaded) fail_to_load(session, path, &plan, words, &second, failure);
    atomic_store(&engine_stage, OUTSIDE_ENGINE);
    if (is_loaded && session->placement.is_counted)
        placement_cover(&session->placement, plan.accelerator);
    return is_loaded;
}

/* Run once more what failed, to hear why. */
static bool fail_to_infer(Session *session, const Failure *cause, Failure *failure) {
    Failure ignored = {0};
    Ear ear;
    ear_open(&ear);
    engine.infer(session, &ignored);
    const char *detail = first_error(ear_close(&ear));
    return fail(failure, is_memory_short() ? "out_of_memory" : cause->code, "%s%s%.300s",
                cause->text, detail[0] != '\0' ? ": " : "", detail);
}

/* One inference; what is timed is this. */
static inline bool infer(Session *session, Failure *failure) {
    Failure cause;
    cause.code = NULL; /* its text is only looked at with a code */
    return engine.infer(session, &cause) || fail_to_infer(session, &cause, failure);
}

static Session session; /* the one that is loaded */

/* ---- What a loaded variant looks like in events ------------------------------------------- */

#define HEAD_VALUES 8

static bool send_placement(const char *asked, const Placement *placement, Failure *failure) {
    event_begin("placement");
    text_put(&event, ",");
    text_put_field(&event, "asked", asked, NAME_LIMIT);
    text_put(&event, ",\"parts\":[");
    for (size_t i = 0; placement->is_counted && i < placement->part_count; i++) {
        const PlacedPart *part = &placement->parts[i];
        text_put(&event, i > 0 ? ",{" : "{");
        text_put_field(&event, "unit", part->unit, 32);
        text_put(&event, ",");
        text_put_field(&event, "delegate", part->delegate, 64);
        text_put(&event, ",\"ops\":%" PRId64 "}", part->ops);
    }
    text_put(&event, "]");
    if (placement->is_counted)
        text_put(&event, ",\"partitions\":%" PRId64, placement->partitions);
    else if (placement->coverage != NULL)
        text_put(&event, ",\"coverage\":\"%s\"", placement->coverage);
    if (!send_event(&event, failure)) return false;
    bool is_fallback = placement->coverage != NULL && strcmp(placement->coverage, "none") == 0;
    return !is_fallback ||
           send_log(failure, "warning", "nothing runs on %s: the engine gave every op to the cpu",
                    asked);
}

static size_t head_count(const Tensor *output) {
    size_t most = output->type->kind == OTHER   ? 0
                  : output->count < HEAD_VALUES ? output->count
                                                : HEAD_VALUES;
    size_t count = 0;
    while (count < most && isfinite(tensor_value(output, count))) count++;
    return count;
}

static void put_output(const Tensor *output) {
    char hex[SHA256_HEX + 1];
    sha256_of(output->raw, output->bytes, hex);
    text_put(&event, "{");
    text_put_field(&event, "name", output->name, NAME_LIMIT);
    text_put(&event, ",\"dtype\":\"%s\",\"shape\":[", output->type->name);
    for (int i = 0; i < output->rank; i++)
        text_put(&event, "%s%" PRId64, i > 0 ? "," : "", output->shape[i]);
    text_put(&event, "],\"sha256\":\"%s\",\"head\":[", hex);
    size_t count = head_count(output);
    for (size_t i = 0; i < count; i++)
        text_put(&event, "%s%.17g", i > 0 ? "," : "", tensor_value(output, i));
    text_put(&event, "]}");
}

static bool send_outputs(const Session *session, Failure *failure) {
    event_begin("outputs");
    text_put(&event, ",\"outputs\":[");
    for (size_t i = 0; i < session->output_count; i++) {
        if (i > 0) text_put(&event, ",");
        put_output(&session->outputs[i]);
    }
    text_put(&event, "]");
    if (!send_event(&event, failure)) return false;
    for (size_t i = 0; i < session->output_count; i++) {
        const Tensor *output = &session->outputs[i];
        size_t wanted = output->count < HEAD_VALUES ? output->count : HEAD_VALUES;
        if (output->type->kind != OTHER && head_count(output) < wanted &&
            !send_log(failure, "warning", "output %.120s holds NaN or infinity", output->name))
            return false;
    }
    return true;
}

/* ---- Readings ----------------------------------------------------------------------------- */

#define READING_NS NS_PER_S
#define MAX_CLUSTERS 64
#define CPUFREQ "/sys/devices/system/cpu/cpufreq"

/* Read a small file of one number; -1 where there is none. */
static int64_t read_number(const char *path) {
    char text[64] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0) close(fd);
    return got > 0 && text[0] >= '0' && text[0] <= '9' ? strtoll(text, NULL, 10) : -1;
}

/* Return the memory this process holds in RAM, -1 where it is not known. */
static int64_t resident_bytes(void) {
    char text[128] = "";
    long long pages = -1;
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0) close(fd);
    return got > 0 && sscanf(text, "%*s %lld", &pages) == 1 ? pages * sysconf(_SC_PAGESIZE) : -1;
}

static void put_clock(const char *policy, bool is_first) {
    static const char *const files[][2] = {
        {"now_khz", "scaling_cur_freq"},
        {"limit_khz", "scaling_max_freq"},
        {"max_khz", "cpuinfo_max_freq"},
    };
    text_put(&event, is_first ? "{\"name\":\"%.16s\"" : ",{\"name\":\"%.16s\"", policy);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char path[128];
        snprintf(path, sizeof path, CPUFREQ "/%.16s/%s", policy, files[i][1]);
        int64_t khz = read_number(path);
        if (khz >= 0) text_put(&event, ",\"%s\":%" PRId64, files[i][0], khz);
    }
    text_put(&event, "}");
}

static bool send_reading(Failure *failure) {
    int64_t rss_bytes = resident_bytes();
    event_begin("reading");
    text_put(&event, ",\"t\":%" PRId64, mono_ns());
    if (rss_bytes >= 0) text_put(&event, ",\"rss_bytes\":%" PRId64, rss_bytes);
    text_put(&event, ",\"clocks\":[");
    DIR *folder = opendir(CPUFREQ);
    int count = 0;
    for (struct dirent *entry;
         folder != NULL && count < MAX_CLUSTERS && (entry = readdir(folder)) != NULL;)
        if (strncmp(entry->d_name, "policy", 6) == 0) put_clock(entry->d_name, count++ == 0);
    if (folder != NULL) closedir(folder);
    text_put(&event, "]");
    return send_event(&event, failure);
}

/* Send a reading if the last one is a second old. Call it between inferences. */
static bool tick(Failure *failure) {
    static int64_t next_ns;
    int64_t now_ns = mono_ns();
    if (now_ns < next_ns) return true;
    next_ns = now_ns + READING_NS;
    return send_reading(failure);
}

/* ---- When a phase is over ----------------------------------------------------------------- */

/* The warm-up rule: steady, or too many, or too long. */
typedef struct {
    const WarmUp *warmup;
    int64_t earliest_ns, deadline_ns, runs;
    int64_t *window_ns;
    size_t used, capacity;
    double last_median_ns; /* below 0 = none yet */
} SteadyRule;

/* The end of measuring, by runs or by time. */
typedef struct {
    int64_t runs_left; /* below 0 = by time */
    int64_t deadline_ns;
} MeasureRule;

typedef struct {
    SteadyRule *steady; /* one of the two */
    MeasureRule *measure;
} Rule;

static int compare_ns(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static double median_ns(int64_t *values_ns, size_t count) {
    qsort(values_ns, count, sizeof *values_ns, compare_ns);
    size_t half = count / 2;
    return count % 2 ? (double)values_ns[half]
                     : ((double)values_ns[half - 1] + (double)values_ns[half]) / 2;
}

static bool window_add(SteadyRule *rule, int64_t duration_ns) {
    if (rule->used == rule->capacity) {
        size_t capacity = rule->capacity * 2 + 64;
        int64_t *grown = realloc(rule->window_ns, capacity * sizeof *grown);
        if (grown == NULL) return false;
        rule->window_ns = grown;
        rule->capacity = capacity;
    }
    rule->window_ns[rule->used++] = duration_ns;
    return true;
}

/* Compare the window that is full now with the one before it. */
static bool is_window_steady(SteadyRule *rule) {
    double before_ns = rule->last_median_ns;
    rule->last_median_ns = median_ns(rule->window_ns, rule->used);
    rule->used = 0;
    return before_ns >= 0 &&
           fabs(rule->last_median_ns - before_ns) < rule->warmup->tolerance * before_ns;
}

/* Whether the warm-up is over after this inference. Without memory no window is steady. */
static bool is_warm(SteadyRule *rule, int64_t duration_ns, int64_t end_ns) {
    const WarmUp *warmup = rule->warmup;
    rule->runs++;
    bool is_kept = window_add(rule, duration_ns);
    bool is_steady = is_kept && rule->used >= (size_t)warmup->min_runs && is_window_steady(rule);
    if (rule->runs >= warmup->max_runs || (is_steady && end_ns >= rule->earliest_ns)) return true;
    return rule->runs >= warmup->min_runs && end_ns >= rule->deadline_ns;
}

static bool is_measured(MeasureRule *rule, int64_t end_ns) {
    if (rule->runs_left < 0) return end_ns >= rule->deadline_ns;
    return --rule->runs_left <= 0;
}

static bool is_over(Rule rule, int64_t duration_ns, int64_t end_ns) {
    return rule.steady != NULL ? is_warm(rule.steady, duration_ns, end_ns)
                               : is_measured(rule.measure, end_ns);
}

/* ---- The sampler: nothing but the inference between two readings of the clock -------------- */

#define MAX_BATCH 10000
#define BATCH_NS 100000000LL /* longest time a sample waits before it leaves */
#define GAP_NS 1000000LL     /* pauses of a batch that add up to no more count as back to back */

typedef struct {
    int64_t starts_ns[MAX_BATCH], durations_ns[MAX_BATCH];
    size_t count;
    int64_t next_index;
} Sampler;

static void put_list(const int64_t *values, size_t count) {
    for (size_t i = 0; i < count; i++) text_put(&event, "%s%" PRId64, i > 0 ? "," : "", values[i]);
}

/* Whether the durations alone tell when each inference started. */
static bool is_back_to_back(const Sampler *sampler) {
    int64_t busy_ns = 0;
    for (size_t i = 0; i + 1 < sampler->count; i++) busy_ns += sampler->durations_ns[i];
    return sampler->starts_ns[sampler->count - 1] - sampler->starts_ns[0] - busy_ns <= GAP_NS;
}

static void put_offsets(const Sampler *sampler) {
    text_put(&event, ",\"off_us\":[");
    for (size_t i = 0; i < sampler->count; i++)
        text_put(&event, "%s%" PRId64, i > 0 ? "," : "",
                 (sampler->starts_ns[i] - sampler->starts_ns[0]) / 1000);
    text_put(&event, "]");
}

/* Send what has been sampled, and a reading about once a second. */
static bool sampler_flush(Sampler *sampler, bool is_warmup, Failure *failure) {
    if (sampler->count == 0) return true;
    event_begin("samples");
    text_put(&event, ",\"i\":%" PRId64 ",\"t\":%" PRId64 ",\"ns\":[", sampler->next_index,
             sampler->starts_ns[0]);
    put_list(sampler->durations_ns, sampler->count);
    text_put(&event, is_warmup ? "],\"warmup\":true" : "]");
    if (!is_back_to_back(sampler)) put_offsets(sampler);
    sampler->next_index += (int64_t)sampler->count;
    sampler->count = 0;
    if (!send_event(&event, failure) || !tick(failure)) return false;
    sched_yield(); /* gives way to the writer now, not within the next inference */
    return true;
}

static bool sampler_loop(Sampler *sampler, Rule rule, bool is_warmup, int64_t period_ns,
                         Failure *failure) {
    int64_t due_ns = mono_ns(), leave_ns = due_ns + BATCH_NS;
    while (!is_stopped()) {
        int64_t start_ns = mono_ns();
        if (!infer(&session, failure)) return false;
        int64_t end_ns = mono_ns();
        sampler->starts_ns[sampler->count] = start_ns;
        sampler->durations_ns[sampler->count++] = end_ns - start_ns;
        if (is_over(rule, end_ns - start_ns, end_ns)) return true;
        due_ns = due_ns + period_ns > end_ns ? due_ns + period_ns : end_ns;
        if (due_ns >= leave_ns || sampler->count == MAX_BATCH) {
            if (!sampler_flush(sampler, is_warmup, failure)) return false;
            leave_ns = due_ns + BATCH_NS;
        }
        if (due_ns > end_ns) sleep_until(due_ns);
    }
    return true;
}

/* Time inferences until the rule says so or a stop; what was sampled leaves even on a failure. */
static bool sampler_run(Sampler *sampler, Rule rule, bool is_warmup, double rate_hz,
                        Failure *failure) {
    int64_t period_ns = rate_hz > 0 ? (int64_t)((double)NS_PER_S / rate_hz) : 0;
    atomic_store(&engine_stage, IN_INFERENCE);
    bool is_well = sampler_loop(sampler, rule, is_warmup, period_ns, failure);
    atomic_store(&engine_stage, OUTSIDE_ENGINE);
    return sampler_flush(sampler, is_warmup, failure) && is_well;
}

/* ---- .npy files --------------------------------------------------------------------------- */

#define NPY_MAGIC "\x93NUMPY"
#define NPY_MAGIC_BYTES 6
#define NPY_MAX_HEADER_BYTES 65536
#define NPY_ALIGNMENT 64
#define NPY_GROWTH_DIGITS                                                  \
    21 /* numpy leaves room for the first axis to grow to this many digits \
        */

typedef struct {
    const ElementType *type;
    int rank;
    int64_t shape[MAX_RANK];
} NpyHeader;

/* Take `expected` at *at, blanks aside. */
static bool npy_take(const char **at, const char *expected) {
    while (**at == ' ') (*at)++;
    size_t length = strlen(expected);
    if (strncmp(*at, expected, length) != 0) return false;
    *at += length;
    return true;
}

static bool npy_type(const char **at, NpyHeader *header) {
    static const char *const accepted[] = {"'<f4'", "'|u1'", "'|i1'"};
    static const int codes[] = {1, 3, 9};
    for (size_t i = 0; i < COUNT_OF(accepted); i++) {
        if (!npy_take(at, accepted[i])) continue;
        header->type = element_type(codes[i]);
        return true;
    }
    return false;
}

static bool npy_shape(const char **at, NpyHeader *header) {
    if (!npy_take(at, "(")) return false;
    header->rank = 0;
    while (!npy_take(at, ")")) {
        while (**at == ' ') (*at)++;
        if (header->rank == MAX_RANK || **at < '0' || **at > '9') return false;
        char *end = NULL;
        errno = 0;
        long long size = strtoll(*at, &end, 10);
        if (errno != 0 || size > INT32_MAX) return false;
        header->shape[header->rank++] = size;
        *at = end;
        if (!npy_take(at, ",") && **at != ')' && **at != ' ') return false;
    }
    return true;
}

/* Read the Python dictionary of a header: these three keys, in any order, nothing else. */
static bool npy_dictionary(const char *at, NpyHeader *header) {
    bool has_type = false, has_order = false, has_shape = false;
    if (!npy_take(&at, "{")) return false;
    while (!npy_take(&at, "}")) {
        bool is_read = false;
        if (!has_type && npy_take(&at, "'descr'"))
            is_read = has_type = npy_take(&at, ":") && npy_type(&at, header);
        else if (!has_order && npy_take(&at, "'fortran_order'"))
            is_read = has_order = npy_take(&at, ":") && npy_take(&at, "False");
        else if (!has_shape && npy_take(&at, "'shape'"))
            is_read = has_shape = npy_take(&at, ":") && npy_shape(&at, header);
        if (!is_read) return false;
        if (npy_take(&at, ",")) continue;
        if (!npy_take(&at, "}")) return false;
        break;
    }
    return has_type && has_order && has_shape && at[strspn(at, " \n")] == '\0';
}

/* Read a header from the start of a file; the items follow it. */
static bool npy_read_header(int fd, NpyHeader *header, int64_t *header_bytes, Failure *failure) {
    unsigned char head[NPY_MAGIC_BYTES + 6] = {0};
    bool is_npy = read_all(fd, head, 8) && memcmp(head, NPY_MAGIC, NPY_MAGIC_BYTES) == 0;
    size_t field = head[6] == 1 ? 2 : 4; /* bytes that tell the dictionary's length */
    if (!is_npy || head[6] < 1 || head[6] > 2 || head[7] != 0 || !read_all(fd, head + 8, field))
        return fail(failure, "bad_eval", "the eval set is no .npy file of version 1 or 2");
    size_t length = 0;
    for (size_t i = field; i > 0; i--) length = length << 8 | head[7 + i];
    char *dictionary = length <= NPY_MAX_HEADER_BYTES ? calloc(1, length + 1) : NULL;
    bool is_read = dictionary != NULL && read_all(fd, dictionary, length) &&
                   memchr(dictionary, '\0', length) == NULL && npy_dictionary(dictionary, header);
    free(dictionary);
    *header_bytes = (int64_t)(8 + field + length);
    return is_read || fail(failure, "bad_eval",
                           "the eval set's header is not one of uint8, int8 or float32 in C order");
}

/* Write the header that numpy would, byte for byte. */
static size_t npy_make_header(char *to, size_t capacity, const char *descr, int rank,
                              const int64_t *shape) {
    char dictionary[1024], first[32];
    int length = snprintf(dictionary, sizeof dictionary,
                          "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    for (int i = 0; i < rank; i++)
        length += snprintf(dictionary + length, sizeof dictionary - (size_t)length,
                           i + 1 < rank ? "%" PRId64 ", " : "%" PRId64, shape[i]);
    int digits = snprintf(first, sizeof first, "%" PRId64, shape[0]);
    length += snprintf(dictionary + length, sizeof dictionary - (size_t)length, "%s), }%*s",
                       rank == 1 ? "," : "", NPY_GROWTH_DIGITS - digits, "");
    int total = (10 + length + 1 + NPY_ALIGNMENT - 1) / NPY_ALIGNMENT * NPY_ALIGNMENT;
    int dictionary_bytes = total - 10;
    snprintf(to, capacity, NPY_MAGIC "\x01%c%c%c", 0, dictionary_bytes & 0xFF,
             dictionary_bytes >> 8);
    memset(to + 10, ' ', (size_t)dictionary_bytes);
    memcpy(to + 10, dictionary, (size_t)length);
    to[total - 1] = '\n';
    return (size_t)total;
}

/* ---- Eval sets ---------------------------------------------------------------------------- */

typedef struct {
    int fd;
    NpyHeader header;
    int64_t items;
    size_t item_count;      /* elements of one item */
    size_t channels, inner; /* element i belongs to channel i / inner % channels */
    unsigned char *item;
} EvalInputs;

typedef struct {
    int fd;
    char path[MAX_PATH_BYTES + 32];
    Sha256 sha;
} EvalOutput;

static EvalOutput eval_outputs[MAX_TENSORS];

/* Whether an item of the file has the shape of the input, axes of length 1 at the start aside. */
static bool does_item_fit(const NpyHeader *header, const Tensor *input) {
    int i = 1, k = 0;
    while (i < header->rank && header->shape[i] == 1) i++;
    while (k < input->rank && input->shape[k] == 1) k++;
    for (; i < header->rank && k < input->rank; i++, k++)
        if (header->shape[i] != input->shape[k]) return false;
    return i == header->rank && k == input->rank;
}

static bool does_type_fit(const EvalJob *job, const NpyHeader *header, const Tensor *input) {
    if (!job->is_normalised) return header->type == input->type;
    return input->type->kind == FLOAT || input->is_quantised;
}

/* Find the axis that counts the channels; an item may have none when all are treated alike. */
static bool find_channels(const EvalJob *job, EvalInputs *in) {
    const NpyHeader *header = &in->header;
    in->channels = in->inner = 1;
    if (!job->is_normalised || (job->mean_count == 1 && job->std_count == 1)) return true;
    int axis = job->is_channel_last ? header->rank - 1 : 1;
    if (axis < 1 || axis >= header->rank) return false;
    in->channels = (size_t)header->shape[axis];
    for (int i = axis + 1; i < header->rank; i++) in->inner *= (size_t)header->shape[i];
    return (job->mean_count == 1 || job->mean_count == in->channels) &&
           (job->std_count == 1 || job->std_count == in->channels);
}

static bool check_eval_file(const EvalJob *job, EvalInputs *in, Failure *failure) {
    char hex[SHA256_HEX + 1];
    in->fd = open(job->inputs, O_RDONLY | O_CLOEXEC);
    int64_t bytes = in->fd >= 0 ? file_digest(in->fd, hex) : -1, header_bytes = 0, needed = 0;
    if (bytes < 0)
        return fail(failure, "bad_eval", "the eval set cannot be read: %s", strerror(errno));
    if (strcmp(hex, job->sha256) != 0)
        return fail(failure, "bad_eval", "the eval set has the digest %s, not %s: push it again",
                    hex, job->sha256);
    if (lseek(in->fd, 0, SEEK_SET) != 0)
        return fail(failure, "bad_eval", "the eval set cannot be read twice");
    if (!npy_read_header(in->fd, &in->header, &header_bytes, failure)) return false;
    needed = (int64_t)in->header.type->bytes;
    for (int i = 0; i < in->header.rank; i++)
        if (__builtin_mul_overflow(needed, in->header.shape[i], &needed)) needed = -1;
    if (in->header.rank < 1 || needed <= 0 || bytes - header_bytes < needed)
        return fail(failure, "bad_eval",
                    "the eval set is empty, or its file shorter than its header says");
    return true;
}

static bool open_eval_inputs(const EvalJob *job, const Session *session, EvalInputs *in,
                             Failure *failure) {
    if (!check_eval_file(job, in, failure)) return false;
    const Tensor *input = &session->inputs[0];
    if (session->input_count != 1 || !does_item_fit(&in->header, input))
        return fail(failure, "bad_eval",
                    "the items of the eval set do not have the shape of the variant's one input");
    if (!does_type_fit(job, &in->header, input))
        return fail(failure, "bad_eval", "items of %s cannot be handed to an input of %s",
                    in->header.type->name, input->type->name);
    if (!find_channels(job, in))
        return fail(failure, "bad_eval", "mean and std do not fit the channels of the eval set");
    in->items = job->items != 0 ? job->items : in->header.shape[0];
    if (in->items > in->header.shape[0])
        return fail(failure, "bad_eval",
                    "the eval set holds %" PRId64 " items, and %" PRId64 " are asked for",
                    in->header.shape[0], in->items);
    in->item_count = input->count;
    in->item = malloc(input->count * in->header.type->bytes + 1);
    return in->item != NULL || out_of_memory(failure);
}

static double element_value(const EvalInputs *in, size_t i) {
    if (in->header.type == FLOAT32) return ((const float *)(const void *)in->item)[i];
    return in->header.type->kind == SIGNED ? ((const int8_t *)in->item)[i] : in->item[i];
}

static double clamped(double value, double low, double high) {
    return value < low ? low : value > high ? high : value;
}

/* Write a real number as element `i` of the input. */
static void put_real(Tensor *input, size_t i, double value) {
    unsigned char *to = input->raw + i * input->type->bytes;
    if (input->is_quantised) {
        int bits = (int)input->type->bytes * 8;
        bool is_signed = input->type->kind == SIGNED;
        double low = is_signed ? -ldexp(1, bits - 1) : 0,
               high = ldexp(1, is_signed ? bits - 1 : bits) - 1;
        double quantised = rint(value / (double)input->scale) + (double)input->zero_point;
        int64_t whole = bits == 64 ? (int64_t)clamped(quantised, -0x1p62, 0x1p62)
                                   : (int64_t)clamped(quantised, low, high);
        memcpy(to, &whole, input->type->bytes);
    } else if (input->type == FLOAT32) {
        float single = (float)value;
        memcpy(to, &single, sizeof single);
    } else if (input->type->bytes == 2) {
        uint16_t half = double_to_half(value);
        memcpy(to, &half, sizeof half);
    } else {
        memcpy(to, &value, sizeof value);
    }
}

/* Read the next item into the variant's input. */
static bool next_item(const EvalJob *job, EvalInputs *in, Tensor *input, Failure *failure) {
    size_t bytes = in->item_count * in->header.type->bytes;
    if (!job->is_normalised)
        return read_all(in->fd, input->raw, bytes) ||
               fail(failure, "bad_eval", "the eval set ends early");
    if (!read_all(in->fd, in->item, bytes))
        return fail(failure, "bad_eval", "the eval set ends early");
    for (size_t i = 0; i < in->item_count; i++) {
        size_t channel = i / in->inner % in->channels;
        double mean = job->mean[job->mean_count == 1 ? 0 : channel];
        double std = job->std[job->std_count == 1 ? 0 : channel];
        double value = (element_value(in, i) * job->scale - mean) / std;
        if (isnan(value) && input->is_quantised)
            return fail(failure, "bad_eval",
                        "an item of the eval set holds NaN, which has no quantised value");
        put_real(input, i, value);
    }
    return true;
}

/* What of an output is written: real numbers as float32, whole numbers as they are. */
static const ElementType *stored_type(const Tensor *output) {
    return output->is_quantised || output->type->kind == FLOAT ? FLOAT32 : output->type;
}

static bool eval_write(EvalOutput *out, const void *data, size_t bytes, Failure *failure) {
    int error = write_all(out->fd, data, bytes);
    sha256_add(&out->sha, data, bytes);
    return error == 0 || fail(failure, is_disk_full(error) ? "disk_full" : "bad_eval",
                              "an output of the eval set cannot be written: %s", strerror(error));
}

static bool open_eval_output(const char *prefix, size_t k, const Tensor *output, int64_t items,
                             Failure *failure) {
    EvalOutput *out = &eval_outputs[k];
    char header[2048];
    int64_t shape[MAX_RANK + 1] = {items};
    int rank = 1;
    if (output->type->kind == OTHER)
        return fail(failure, "bad_eval", "outputs of type %s cannot be written",
                    output->type->name);
    for (int i = output->rank > 0 && output->shape[0] == 1; i < output->rank; i++)
        shape[rank++] = output->shape[i];
    snprintf(out->path, sizeof out->path, "%s.%zu.npy", prefix, k);
    out->fd = open(out->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (out->fd < 0)
        return fail(failure, is_disk_full(errno) ? "disk_full" : "bad_eval",
                    "an output of the eval set cannot be created: %s", strerror(errno));
    sha256_start(&out->sha);
    return eval_write(
        out, header,
        npy_make_header(header, sizeof header, stored_type(output)->descr, rank, shape), failure);
}

/* Write floats that are not float32 one by one; there are few such outputs. */
static bool write_as_float32(EvalOutput *out, const Tensor *output, Failure *failure) {
    for (size_t i = 0; i < output->count; i++) {
        float value = (float)tensor_value(output, i);
        if (!eval_write(out, &value, sizeof value, failure)) return false;
    }
    return true;
}

static bool write_eval_output(size_t k, const Tensor *output, Failure *failure) {
    EvalOutput *out = &eval_outputs[k];
    if (output->is_quantised)
        return eval_write(out, output->values, output->count * sizeof *output->values, failure);
    if (stored_type(output) != output->type) return write_as_float32(out, output, failure);
    return eval_write(out, output->raw, output->bytes, failure);
}

static bool run_items(const EvalJob *job, Session *session, EvalInputs *in, int64_t *busy_ns,
                      Failure *failure) {
    for (int64_t done = 0; done < in->items && !is_stopped(); done++) {
        if (!next_item(job, in, &session->inputs[0], failure)) return false;
        int64_t start_ns = mono_ns();
        if (!infer(session, failure)) return false;
        *busy_ns += mono_ns() - start_ns;
        for (size_t k = 0; k < session->output_count; k++)
            if (!write_eval_output(k, &session->outputs[k], failure)) return false;
        if (!tick(failure)) return false;
    }
    return true;
}

static bool send_evaluated(const Session *session, int64_t items, int64_t busy_ns,
                           Failure *failure) {
    event_begin("evaluated");
    text_put(&event, ",\"items\":%" PRId64 ",\"ns\":%" PRId64 ",\"files\":[", items, busy_ns);
    for (size_t k = 0; k < session->output_count; k++) {
        char hex[SHA256_HEX + 1];
        sha256_end(&eval_outputs[k].sha, hex);
        text_put(&event, k > 0 ? ",{" : "{");
        text_put_field(&event, "name", session->outputs[k].name, NAME_LIMIT);
        text_put(&event, ",");
        text_put_field(&event, "path", eval_outputs[k].path, sizeof eval_outputs[k].path);
        text_put(&event, ",\"sha256\":\"%s\"}", hex);
    }
    text_put(&event, "]");
    return send_event(&event, failure);
}

/* Close the files; those of an eval set that did not end well are no use to anybody. */
static void close_eval_outputs(size_t count, bool is_kept) {
    for (size_t k = 0; k < count; k++) {
        if (eval_outputs[k].fd >= 0) close(eval_outputs[k].fd);
        if (!is_kept && eval_outputs[k].fd >= 0) unlink(eval_outputs[k].path);
    }
}

static bool run_eval(const EvalJob *job, Session *session, Failure *failure) {
    EvalInputs in = {.fd = -1};
    int64_t busy_ns = 0;
    for (size_t k = 0; k < MAX_TENSORS; k++) eval_outputs[k].fd = -1;
    bool is_well = open_eval_inputs(job, session, &in, failure);
    for (size_t k = 0; is_well && k < session->output_count; k++)
        is_well = open_eval_output(job->outputs, k, &session->outputs[k], in.items, failure);
    is_well = is_well && run_items(job, session, &in, &busy_ns, failure);
    bool is_kept = is_well && !is_stopped();
    close_eval_outputs(session->output_count, is_kept);
    if (in.fd >= 0) close(in.fd);
    free(in.item);
    return is_well && (!is_kept || send_evaluated(session, in.items, busy_ns, failure));
}

/* ---- One launch --------------------------------------------------------------------------- */

static Sampler sampler;

static LoadPlan asked_for(const Job *job) {
    return (LoadPlan){.accelerator = job->accelerator,
                      .threads = (int)job->threads,
                      .is_xnnpack = job->is_xnnpack};
}

static bool verify(const Job *job, Failure *failure) {
    char hex[SHA256_HEX + 1];
    int fd = open(job->variant, O_RDONLY | O_CLOEXEC);
    variant_bytes = fd >= 0 ? file_digest(fd, hex) : -1;
    if (variant_bytes < 0)
        fail(failure, "model_missing", "the variant cannot be read: %s", strerror(errno));
    else if (strcmp(hex, job->sha256) != 0)
        fail(failure, "digest_mismatch", "%.120s has the digest %s, not %s: push it again",
             base_name(job->variant), hex, job->sha256);
    else
        check_model(fd, (size_t)variant_bytes, failure);
    if (fd >= 0) close(fd);
    return failure->code == NULL;
}

/* Load, generate the inputs and run once. */
static bool load_and_run(const Job *job, LoadPlan plan, int64_t *init_ns, int64_t *first_ns,
                         Failure *failure) {
    int64_t start_ns = mono_ns();
    if (!session_load(&session, job->variant, plan, failure)) return false;
    *init_ns = mono_ns() - start_ns;
    if (!fill_seeded(session.inputs, session.input_count, (uint64_t)job->seed, failure))
        return false;
    start_ns = mono_ns();
    atomic_store(&engine_stage, IN_INFERENCE);
    bool is_run = infer(&session, failure);
    atomic_store(&engine_stage, OUTSIDE_ENGINE);
    *first_ns = mono_ns() - start_ns;
    return is_run;
}

static bool send_loaded(int64_t init_ns, int64_t first_ns, Failure *failure) {
    int64_t rss_bytes = resident_bytes();
    event_begin("loaded");
    text_put(&event, ",\"t\":%" PRId64 ",\"init_ns\":%" PRId64 ",\"first_ns\":%" PRId64, mono_ns(),
             init_ns, first_ns);
    if (rss_bytes >= 0) text_put(&event, ",\"rss_bytes\":%" PRId64, rss_bytes);
    return send_event(&event, failure);
}

static bool load_and_show(const Job *job, Failure *failure) {
    int64_t init_ns = 0, first_ns = 0;
    return load_and_run(job, asked_for(job), &init_ns, &first_ns, failure) &&
           send_loaded(init_ns, first_ns, failure) &&
           send_placement(job->accelerator, &session.placement, failure) &&
           send_outputs(&session, failure);
}

static int64_t after_s(int64_t from_ns, double seconds) {
    return from_ns + (int64_t)(seconds * (double)NS_PER_S);
}

static bool warm_up(const Job *job, int64_t *count, Failure *failure) {
    if (job->warmup.min_runs == 0) return true;
    int64_t now_ns = mono_ns();
    SteadyRule steady = {.warmup = &job->warmup,
                         .earliest_ns = after_s(now_ns, job->warmup.min_s),
                         .deadline_ns = after_s(now_ns, job->warmup.max_s),
                         .last_median_ns = -1};
    bool is_well = sampler_run(&sampler, (Rule){.steady = &steady}, true, 0, failure);
    free(steady.window_ns);
    *count = sampler.next_index;
    return is_well;
}

static bool measure(const Job *job, int64_t *count, Failure *failure) {
    int64_t first_index = sampler.next_index;
    MeasureRule rule = {.runs_left = job->runs != 0 ? job->runs : -1,
                        .deadline_ns = after_s(mono_ns(), fmax(job->seconds, 0))};
    bool is_well = sampler_run(&sampler, (Rule){.measure = &rule}, false, job->rate_hz, failure);
    *count = sampler.next_index - first_index;
    return is_well;
}

/* -- control run -- */

static bool send_control(int64_t first_ns, const char *delegate, const int64_t *durations_ns,
                         size_t count, Failure *failure) {
    event_begin("control");
    text_put(&event, ",\"t\":%" PRId64 ",\"unit\":\"cpu\",\"delegate\":\"%s\",\"ns\":[", first_ns,
             delegate);
    put_list(durations_ns, count);
    text_put(&event, "]");
    return send_event(&event, failure);
}

/* Name what runs the control run, as far as it is known. */
static const char *control_delegate(const LoadPlan *plan) {
    const Placement *placement = &session.placement;
    for (size_t i = 0; placement->is_counted && i < placement->part_count; i++)
        if (placement->parts[i].delegate[0] != '\0') return placement->parts[i].delegate;
    return plan->is_xnnpack && !placement->is_counted ? "XNNPACK" : "";
}

static bool time_control(const Job *job, const LoadPlan *plan, Failure *failure) {
    static int64_t durations_ns[MAX_EXTRA_RUNS];
    int64_t first_ns = mono_ns();
    size_t count = 0;
    while (count < (size_t)job->control_runs && !is_stopped()) {
        int64_t start_ns = mono_ns();
        if (!infer(&session, failure)) return false;
        durations_ns[count++] = mono_ns() - start_ns;
        if (!tick(failure)) return false;
    }
    return count == 0 ||
           send_control(first_ns, control_delegate(plan), durations_ns, count, failure);
}

/* Without what was asked for: on the CPU, or on the CPU without XNNPACK. */
static bool run_control(const Job *job, Failure *failure) {
    Failure problem = {0};
    int64_t init_ns = 0, first_ns = 0;
    bool is_cpu = strcmp(job->accelerator, "cpu") == 0;
    LoadPlan plan = {.accelerator = "cpu", .threads = (int)job->threads, .is_xnnpack = !is_cpu};
    if (job->control_runs == 0 || is_stopped()) return true;
    if (is_cpu && !job->is_xnnpack)
        return send_log(
            failure, "warning",
            "no control run: the cpu without XNNPACK has nothing that could be left out");
    session_free(&session);
    if (!load_and_run(job, plan, &init_ns, &first_ns, &problem))
        return send_log(failure, "warning", "no control run: %.400s", problem.text);
    return time_control(job, &plan, failure);
}

/* -- profiling pass -- */

#define MAX_PROFILE_BYTES (MAX_LINE_BYTES - 4096) /* ops beyond it are added up, too */

static void put_op(const char *name, const ProfiledOp *op, int64_t count, double ns,
                   bool is_first) {
    text_put(&event, is_first ? "{" : ",{");
    text_put_field(&event, "name", name, NAME_LIMIT);
    text_put(&event, ",");
    text_put_field(&event, "unit", op->unit, 32);
    text_put(&event, ",");
    text_put_field(&event, "delegate", op->delegate, 64);
    text_put(&event, ",\"count\":%" PRId64 ",\"ns\":%.17g}", count, ns);
}

static bool send_profile(const ProfileTable *table, Failure *failure) {
    static const ProfiledOp rest = {.unit = "cpu"};
    double rest_ns = 0, runs = (double)table->runs;
    int64_t rest_count = 0;
    event_begin("profile");
    text_put(&event, ",\"runs\":%" PRId64 ",\"ops\":[", table->runs);
    for (size_t i = 0; i < table->count; i++) {
        const ProfiledOp *op = &table->ops[i];
        bool is_shown = i + 1 < MAX_PROFILED_OPS && event.length < MAX_PROFILE_BYTES;
        if (is_shown)
            put_op(op->name, op, 1, op->sum_ns / runs, i == 0);
        else
            rest_ns += op->sum_ns / runs, rest_count++;
    }
    if (rest_count > 0) put_op("…", &rest, rest_count, rest_ns, false);
    text_put(&event, "]");
    return send_event(&event, failure);
}

static bool time_profile(const Job *job, ProfileTable *table, Failure *failure) {
    bool is_heard = true;
    while (is_heard && table->runs < job->profile_runs && !is_stopped()) {
        is_heard = engine.profile(&session, table);
        if (!tick(failure)) return false;
    }
    if (!is_heard || (table->runs > 0 && table->count == 0))
        return send_log(failure, "warning",
                        "no profile: the engine's profiler says nothing that could be used");
    if (table->runs == 0) return true; /* stopped */
    return send_profile(table, failure) &&
           send_placement(job->accelerator, &session.placement, failure);
}

static void profile_free(ProfileTable *table) {
    for (size_t i = 0; i < table->count; i++) free((void *)(uintptr_t)table->ops[i].name);
    free(table->ops);
}

static bool run_profile(const Job *job, Failure *failure) {
    Failure problem = {0};
    int64_t init_ns = 0, first_ns = 0;
    LoadPlan plan = asked_for(job);
    ProfileTable table = {0};
    if (job->profile_runs == 0 || is_stopped()) return true;
    if (engine.profile == NULL)
        return send_log(failure, "warning", "no profiling pass: %s has no profiler here",
                        engine.name);
    session_free(&session);
    plan.is_profiled = true;
    if (!load_and_run(job, plan, &init_ns, &first_ns, &problem))
        return send_log(failure, "warning", "no profiling pass: %.400s", problem.text);
    table.ops = calloc(MAX_PROFILED_OPS, sizeof *table.ops);
    bool is_well = table.ops != NULL ? time_profile(job, &table, failure) : out_of_memory(failure);
    profile_free(&table);
    return is_well;
}

/* The session of a control run or a profiling pass has something left out or added. */
static bool reload(const Job *job, Failure *failure) {
    int64_t init_ns = 0, first_ns = 0;
    if (job->control_runs == 0 && job->profile_runs == 0) return true;
    session_free(&session);
    return load_and_run(job, asked_for(job), &init_ns, &first_ns, failure);
}

static bool evaluate(const Job *job, Failure *failure) {
    if (!job->has_eval || is_stopped()) return true;
    return reload(job, failure) && run_eval(&job->eval, &session, failure);
}

static bool launch(const Job *job, Failure *failure) {
    int64_t warmup = 0, measured = 0;
    if (!verify(job, failure)) return false;
    if (!is_stopped()) {
        bool is_well = load_and_show(job, failure) && warm_up(job, &warmup, failure) &&
                       measure(job, &measured, failure) && run_control(job, failure) &&
                       run_profile(job, failure) && evaluate(job, failure);
        if (!is_well) return false;
    }
    return send_end(warmup, measured, failure);
}

/* ---- The program -------------------------------------------------------------------------- */

/* Engines print to stdout at times: take it away from them, so that it carries events only. */
static bool claim_stdout(void) {
    reporter.out_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    return reporter.out_fd >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0;
}

/* Say what a crash inside the engine means; NULL = the crash is our own. */
static const char *crash_code(void) {
    int stage = atomic_exchange(&engine_stage, OUTSIDE_ENGINE);
    if (stage == OUTSIDE_ENGINE) return NULL;
    if (is_memory_short()) return "out_of_memory"; /* engines may abort rather than say so */
    return stage == IN_OPEN   ? "engine_wrong_abi"
           : stage == IN_LOAD ? "model_refused"
                              : "run_failed";
}

/* Turn a crash of the engine into the last event; nothing here allocates or takes a lock. */
static void on_crash(int number) {
    struct timespec moment = {.tv_nsec = 1000000};
    Failure failure = {0}, ignored = {0};
    const volatile size_t *backlog_bytes = &reporter.backlog_bytes;
    const char *code = crash_code();
    if (code == NULL) {
        catch_signal(number, SIG_DFL);
        raise(number);
        return;
    }
    for (int i = 0; i < 1000 && *backlog_bytes > 0; i++)
        nanosleep(&moment, NULL); /* what was sent before */
    if (strcmp(code, "out_of_memory") == 0) out_of_memory(&failure);
    fail(&failure, code,
         "the engine crashed (signal %d) with this variant: try another engine or variant", number);
    error_write(&failure);
    keep_line(error_storage.line.bytes, error_storage.line.length, &ignored);
    write_to_host(error_storage.line.bytes, error_storage.line.length);
    _exit(1);
}

static void catch_crashes(void) {
    static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    for (size_t i = 0; i < COUNT_OF(signals); i++) catch_signal(signals[i], on_crash);
}

/* Keep to the CPUs of the job's mask; threads started later inherit it. */
static bool set_affinity(uint64_t mask, Failure *failure) {
    if (mask == 0 || syscall(__NR_sched_setaffinity, 0, sizeof mask, &mask) == 0) return true;
    return fail(failure, "bad_job",
                "the affinity mask 0x%" PRIx64 " names no CPU of this device: %s", mask,
                strerror(errno));
}

static bool send_hello(Failure *failure) {
    int64_t now_mono_ns = mono_ns(), now_boot_ns = boot_ns();
    event_begin("hello");
    text_put(&event,
             ",\"protocol\":%d,\"runner\":\"" RUNNER_NAME "\",\"runner_version\":\"" LABTUI_VERSION
             "\",",
             PROTOCOL_VERSION);
    text_put_field(&event, "engine", engine.name, NAME_LIMIT);
    text_put(&event, ",");
    text_put_field(&event, "engine_version", engine.version, NAME_LIMIT);
    text_put(&event, ",\"pid\":%ld,\"mono_ns\":%" PRId64 ",\"boot_ns\":%" PRId64, (long)getpid(),
             now_mono_ns, now_boot_ns);
    return send_event(&event, failure);
}

/* Old kernels read newer quantised variants without complaint and compute something else. */
static bool warn_of_old_engine(Failure *failure) {
    return !engine.is_old || send_log(failure, "warning",
                                      "%s %s is old and may compute quantised variants wrongly: "
                                      "compare the outputs, or use LiteRT",
                                      engine.name, engine.version);
}

static bool carry_out(Failure *failure) {
    static Job job;
    size_t length = 0;
    char *line = malloc(MAX_LINE_BYTES + 2);
    bool is_read = line != NULL ? read_job_line(line, &length, failure) &&
                                      job_read(line, length, &job, failure)
                                : out_of_memory(failure);
    bool is_ready = is_read && set_affinity(job.affinity, failure);
    reporter_start();
    if (!is_ready || (job.raw_file != NULL && !reporter_copy_to(job.raw_file, failure)))
        return false;
    if (!reporter.has_thread || !start_thread(watch_stdin, "stdin")) return out_of_memory(failure);
    return engine_open(job.library, job.accelerator, failure) && send_hello(failure) &&
           warn_of_old_engine(failure) && launch(&job, failure);
}

int main(int argc, char **argv) {
    Failure failure = {0};
    if (argc == 2 && strcmp(argv[1], "--version") == 0) return puts(LABTUI_VERSION) < 0;
    if (argc != 1) {
        fprintf(stderr,
                "usage: %s [--version]\nReads one job from stdin; see runners/PROTOCOL.md.\n",
                base_name(argv[0]));
        return 2;
    }
    if (!claim_stdout()) return 1;
    catch_signals();
    catch_crashes();
    bool is_well = carry_out(&failure);
    if (!is_well) send_error(&failure);
    reporter_drain();
    _exit(is_well ? 0 : 1); /* leaves the engine's threads and their destructors alone */
}

/* Reading JSON without a copy: a value is a piece of the line that it stands in. Enough for the child protocol, in which
 * no name and no text that matters is ever written with an escape. */

#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

/* A value as it is written, or a piece of it. */
struct json {
    const char *at;
    size_t length;
};

/* Whether `line` is one whole value. Everything below expects to be given such a value, or a part of one. */
bool json_read(const char *line, size_t length, struct json *value);

/* The member of an object with this name. */
bool json_member(struct json object, const char *name, struct json *value);

/* The next item of an array. `rest` is the array at first, and what is behind the item afterwards. */
bool json_next(struct json *rest, struct json *item);

bool json_is_object(struct json value);
bool json_is_array(struct json value);
bool json_is_string(struct json value);
bool json_is_number(struct json value);

/* Whether a value is this text. */
bool json_equals(struct json value, const char *text);

/* A whole number from 0 to 2^53 - 1. */
bool json_number(struct json value, unsigned long long *number);

#endif

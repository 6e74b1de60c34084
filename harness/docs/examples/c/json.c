#include "json.h"

#include <string.h>

/* Deeper values are refused: each level costs a call. */
enum { DEEPEST = 64 };

struct reader {
    const char *at, *end;
};

static void skip_space(struct reader *in)
{
    while (in->at < in->end && memchr(" \t\r\n", *in->at, 4) != NULL)
        in->at++;
}

static bool take(struct reader *in, char wanted)
{
    if (in->at == in->end || *in->at != wanted)
        return false;
    in->at++;
    return true;
}

static bool take_word(struct reader *in, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(in->end - in->at) < length || memcmp(in->at, word, length) != 0)
        return false;
    in->at += length;
    return true;
}

static bool take_digits(struct reader *in)
{
    const char *from = in->at;
    while (in->at < in->end && *in->at >= '0' && *in->at <= '9')
        in->at++;
    return in->at > from;
}

static bool take_number(struct reader *in)
{
    take(in, '-');
    if (!take(in, '0') && !take_digits(in))
        return false;
    if (take(in, '.') && !take_digits(in))
        return false;
    if (take(in, 'e') || take(in, 'E')) {
        if (!take(in, '+'))
            take(in, '-');
        return take_digits(in);
    }
    return true;
}

static bool take_string(struct reader *in)
{
    if (!take(in, '"'))
        return false;
    while (in->at < in->end) {
        unsigned char next = (unsigned char)*in->at++;
        if (next == '"')
            return true;
        if (next < 0x20)
            return false;
        if (next != '\\')
            continue;
        if (in->at == in->end)
            return false;
        char escape = *in->at++;
        if (escape == '\0' || strchr("\"\\/bfnrtu", escape) == NULL)
            return false;
        for (int digits = escape == 'u' ? 4 : 0; digits > 0; digits--) {
            if (in->at == in->end || *in->at == '\0' || strchr("0123456789abcdefABCDEF", *in->at) == NULL)
                return false;
            in->at++;
        }
    }
    return false;
}

static bool take_value(struct reader *in, int depth);

static bool take_items(struct reader *in, char last, bool named, int depth)
{
    skip_space(in);
    if (take(in, last))
        return true;
    for (;;) {
        skip_space(in);
        if (named) {
            if (!take_string(in))
                return false;
            skip_space(in);
            if (!take(in, ':'))
                return false;
        }
        if (!take_value(in, depth))
            return false;
        if (take(in, last))
            return true;
        if (!take(in, ','))
            return false;
    }
}

/* Takes a value and the space around it. */
static bool take_value(struct reader *in, int depth)
{
    bool whole;
    skip_space(in);
    if (depth > DEEPEST || in->at == in->end)
        return false;
    switch (*in->at) {
    case '{':
        in->at++;
        whole = take_items(in, '}', true, depth + 1);
        break;
    case '[':
        in->at++;
        whole = take_items(in, ']', false, depth + 1);
        break;
    case '"':
        whole = take_string(in);
        break;
    case 't':
        whole = take_word(in, "true");
        break;
    case 'f':
        whole = take_word(in, "false");
        break;
    case 'n':
        whole = take_word(in, "null");
        break;
    default:
        whole = take_number(in);
    }
    skip_space(in);
    return whole;
}

static struct json trimmed(const char *from, const char *end)
{
    struct reader in = {from, end};
    skip_space(&in);
    while (end > in.at && memchr(" \t\r\n", end[-1], 4) != NULL)
        end--;
    return (struct json){in.at, (size_t)(end - in.at)};
}

bool json_read(const char *line, size_t length, struct json *value)
{
    struct reader in = {line, line + length};
    if (!take_value(&in, 0) || in.at != in.end)
        return false;
    *value = trimmed(line, line + length);
    return true;
}

bool json_member(struct json object, const char *name, struct json *value)
{
    if (!json_is_object(object))
        return false;
    struct reader in = {object.at + 1, object.at + object.length};
    for (;;) {
        skip_space(&in);
        const char *from = in.at;
        if (!take_string(&in))
            return false;
        bool found = json_equals((struct json){from, (size_t)(in.at - from)}, name);
        skip_space(&in);
        take(&in, ':');
        from = in.at;
        take_value(&in, 0);
        if (found) {
            *value = trimmed(from, in.at);
            return true;
        }
        take(&in, ',');
    }
}

bool json_next(struct json *rest, struct json *item)
{
    struct reader in = {rest->at, rest->at + rest->length};
    if (!take(&in, '['))
        take(&in, ',');
    const char *from = in.at;
    if (!take_value(&in, 0))
        return false;
    *item = trimmed(from, in.at);
    *rest = (struct json){in.at, (size_t)(in.end - in.at)};
    return true;
}

static bool begins(struct json value, const char *with)
{
    return value.length > 0 && strchr(with, *value.at) != NULL;
}

bool json_is_object(struct json value) { return begins(value, "{"); }
bool json_is_array(struct json value) { return begins(value, "["); }
bool json_is_string(struct json value) { return begins(value, "\""); }
bool json_is_number(struct json value) { return begins(value, "-0123456789"); }

bool json_equals(struct json value, const char *text)
{
    size_t length = strlen(text);
    return json_is_string(value) && value.length == length + 2 && memcmp(value.at + 1, text, length) == 0;
}

bool json_number(struct json value, unsigned long long *number)
{
    unsigned long long sum = 0;
    /* 2^53 - 1 has 16 digits. */
    if (value.length == 0 || value.length > 16)
        return false;
    for (size_t i = 0; i < value.length; i++) {
        if (value.at[i] < '0' || value.at[i] > '9')
            return false;
        sum = sum * 10 + (unsigned long long)(value.at[i] - '0');
    }
    *number = sum;
    return sum < 1ULL << 53;
}

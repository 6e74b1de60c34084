/* A ratchet without a ratchet, as a child of `sprag check --exec`: one key for each direction, AES-256-GCM under a random
 * nonce. It forgets nothing, heals from nothing and takes a message twice, and its profile says so.
 *
 * A message is nonce (12 bytes), ciphertext, tag (16 bytes). */

#define _POSIX_C_SOURCE 200809L

#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { KEY = 32, NONCE = 12, TAG = 16 };

static const char DESCRIPTION[] =
    "{\"protocol\":1,\"name\":\"example/static-key-c\",\"version\":\"1.0\","
    "\"profile\":{\"family\":\"static-key\",\"binds_direction\":true,\"expansion\":28},"
    "\"supports\":[\"ad\",\"seed\",\"tape\",\"clone\",\"drop\",\"fields\"]}";

struct session {
    bool is_open;
    unsigned char sending[KEY], receiving[KEY];
};

/* Why a call has no result: the code is 0 if it has one. */
struct failure {
    int code;
    const char *class, *message;
};

static const struct failure NONE = {0, NULL, NULL};

static struct failure rejected(const char *class, const char *message)
{
    return (struct failure){-32000, class, message};
}

static struct failure wrong(const char *message)
{
    return (struct failure){-32602, NULL, message};
}

static void *checked(void *memory)
{
    if (memory == NULL) {
        fputs("static_key: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

/* Bytes that grow: of a message, or of the reply that is being written. */
struct bytes {
    unsigned char *at;
    size_t length, room;
};

static unsigned char *more(struct bytes *all, size_t count)
{
    if (all->room - all->length < count || all->at == NULL) {
        all->room = 2 * all->room + count + 64;
        all->at = checked(realloc(all->at, all->room));
    }
    all->length += count;
    return all->at + all->length - count;
}

static void write_text(struct bytes *out, const char *text)
{
    memcpy(more(out, strlen(text)), text, strlen(text));
}

static void write_hex(struct bytes *out, struct bytes of)
{
    static const char DIGITS[] = "0123456789abcdef";
    unsigned char *digits = more(out, 2 * of.length);
    for (size_t i = 0; i < of.length; i++) {
        *digits++ = (unsigned char)DIGITS[of.at[i] >> 4];
        *digits++ = (unsigned char)DIGITS[of.at[i] & 15];
    }
}

static void write_number(struct bytes *out, unsigned long long number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", number);
    write_text(out, digits);
}

static int digit(char hex)
{
    static const char DIGITS[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = hex == '\0' ? NULL : strchr(DIGITS, hex);
    return found == NULL ? -1 : (int)(found - DIGITS) & 15;
}

/* The bytes of a parameter in hex; false if it is absent or something else. The caller frees them. */
static bool read_hex(struct json params, const char *name, struct bytes *into)
{
    struct json hex;
    if (!json_member(params, name, &hex) || !json_is_string(hex) || hex.length % 2 != 0)
        return false;
    for (size_t i = 1; i + 1 < hex.length; i += 2) {
        int high = digit(hex.at[i]), low = digit(hex.at[i + 1]);
        if (high < 0 || low < 0)
            return false;
        *more(into, 1) = (unsigned char)(high << 4 | low);
    }
    return true;
}

/* The only randomness of a call: the bytes of its tape or seed, in order. */
static struct failure draw(struct json params, unsigned char *into, size_t count)
{
    struct json tape;
    struct bytes given = {0};
    struct failure failure = NONE;
    if (!read_hex(params, json_member(params, "tape", &tape) ? "tape" : "seed", &given))
        failure = wrong("`tape` or `seed` is hex");
    else if (given.length < count)
        failure = rejected("other", "the randomness of this call is used up");
    else
        memcpy(into, given.at, count);
    free(given.at);
    return failure;
}

static struct session *sessions;
static size_t places;

static unsigned long long hold(struct session session)
{
    size_t place = 0;
    while (place < places && sessions[place].is_open)
        place++;
    if (place == places)
        sessions = checked(realloc(sessions, ++places * sizeof *sessions));
    session.is_open = true;
    sessions[place] = session;
    return place + 1;
}

static struct session *find(struct json number)
{
    unsigned long long place;
    if (!json_number(number, &place) || place == 0 || place > places || !sessions[place - 1].is_open)
        return NULL;
    return &sessions[place - 1];
}

static struct session *session_of(struct json params)
{
    struct json number;
    return json_member(params, "session", &number) ? find(number) : NULL;
}

/* AES-256-GCM in either direction: `text` is changed in place, the tag is made or checked. */
static bool cipher(bool seals, const unsigned char *key, const unsigned char *nonce, struct bytes ad,
                   unsigned char *text, size_t length, unsigned char *tag)
{
    int count, ok;
    EVP_CIPHER_CTX *made = checked(EVP_CIPHER_CTX_new());
    ok = EVP_CipherInit_ex(made, EVP_aes_256_gcm(), NULL, key, nonce, seals);
    if (ok && ad.length > 0)
        ok = EVP_CipherUpdate(made, NULL, &count, ad.at, (int)ad.length);
    if (ok && length > 0)
        ok = EVP_CipherUpdate(made, text, &count, text, (int)length);
    if (ok && !seals)
        ok = EVP_CIPHER_CTX_ctrl(made, EVP_CTRL_AEAD_SET_TAG, TAG, tag);
    if (ok)
        ok = EVP_CipherFinal_ex(made, text + length, &count);
    if (ok && seals)
        ok = EVP_CIPHER_CTX_ctrl(made, EVP_CTRL_AEAD_GET_TAG, TAG, tag);
    EVP_CIPHER_CTX_free(made);
    return ok == 1;
}

static void derive(unsigned char *key, const unsigned char *secret, const char *label)
{
    checked(HMAC(EVP_sha256(), secret, KEY, (const unsigned char *)label, strlen(label), key, NULL));
}

static struct failure pair(struct json params, struct bytes *result)
{
    unsigned char secret[KEY];
    struct session initiator, responder;
    struct failure failure = draw(params, secret, sizeof secret);
    if (failure.code != 0)
        return failure;
    derive(initiator.sending, secret, "from the initiator");
    derive(initiator.receiving, secret, "from the responder");
    memcpy(responder.sending, initiator.receiving, KEY);
    memcpy(responder.receiving, initiator.sending, KEY);
    write_text(result, "{\"initiator\":");
    write_number(result, hold(initiator));
    write_text(result, ",\"responder\":");
    write_number(result, hold(responder));
    write_text(result, ",\"opened\":false}");
    return NONE;
}

static struct failure encrypt(struct json params, struct bytes *result)
{
    struct session *session = session_of(params);
    struct bytes ad = {0}, plaintext = {0}, message = {0};
    struct failure failure = NONE;
    unsigned char nonce[NONCE];
    if (session == NULL)
        failure = wrong("no such session");
    else if (!read_hex(params, "ad", &ad) || !read_hex(params, "plaintext", &plaintext))
        failure = wrong("`ad` and `plaintext` are hex");
    else
        failure = draw(params, nonce, sizeof nonce);
    if (failure.code == 0) {
        unsigned char *at = more(&message, NONCE + plaintext.length + TAG);
        memcpy(at, nonce, NONCE);
        if (plaintext.length > 0)
            memcpy(at + NONCE, plaintext.at, plaintext.length);
        unsigned char tag[TAG];
        if (!cipher(true, session->sending, nonce, ad, at + NONCE, plaintext.length, tag)) {
            failure = (struct failure){-32603, NULL, "AES-GCM failed"};
        } else {
            memcpy(at + NONCE + plaintext.length, tag, TAG);
            write_text(result, "{\"message\":\"");
            write_hex(result, message);
            write_text(result, "\"}");
        }
    }
    free(ad.at);
    free(plaintext.at);
    free(message.at);
    return failure;
}

static struct failure decrypt(struct json params, struct bytes *result)
{
    struct session *session = session_of(params);
    struct bytes ad = {0}, message = {0};
    struct failure failure = NONE;
    if (session == NULL) {
        failure = wrong("no such session");
    } else if (!read_hex(params, "ad", &ad) || !read_hex(params, "message", &message)) {
        failure = wrong("`ad` and `message` are hex");
    } else if (message.length < NONCE + TAG) {
        failure = rejected("malformed", "shorter than nonce and tag");
    } else {
        struct bytes plaintext = {message.at + NONCE, message.length - NONCE - TAG, 0};
        unsigned char tag[TAG];
        memcpy(tag, plaintext.at + plaintext.length, TAG);
        if (!cipher(false, session->receiving, message.at, ad, plaintext.at, plaintext.length, tag)) {
            failure = rejected("forged", "tag does not match");
        } else {
            write_text(result, "{\"plaintext\":\"");
            write_hex(result, plaintext);
            write_text(result, "\"}");
        }
    }
    free(ad.at);
    free(message.at);
    return failure;
}

static struct failure clone(struct json params, struct bytes *result)
{
    struct session *session = session_of(params);
    if (session == NULL)
        return wrong("no such session");
    write_text(result, "{\"session\":");
    write_number(result, hold(*session));
    write_text(result, "}");
    return NONE;
}

static struct failure drop(struct json params, struct bytes *result)
{
    struct json rest, number;
    if (!json_member(params, "sessions", &rest) || !json_is_array(rest))
        return wrong("`sessions` is an array");
    while (json_next(&rest, &number)) {
        struct session *session = find(number);
        if (session != NULL)
            memset(session, 0, sizeof *session);
    }
    write_text(result, "{}");
    return NONE;
}

static void write_field(struct bytes *out, const char *name, size_t offset, size_t length)
{
    write_text(out, "{\"name\":\"");
    write_text(out, name);
    write_text(out, "\",\"offset\":");
    write_number(out, offset);
    write_text(out, ",\"length\":");
    write_number(out, length);
    write_text(out, "}");
}

static struct failure fields(struct json params, struct bytes *result)
{
    struct bytes message = {0};
    bool is_hex = read_hex(params, "message", &message);
    free(message.at);
    if (!is_hex)
        return wrong("`message` is hex");
    if (message.length < NONCE + TAG)
        return rejected("malformed", "shorter than nonce and tag");
    write_text(result, "{\"fields\":[");
    write_field(result, "nonce", 0, NONCE);
    write_text(result, ",");
    write_field(result, "ciphertext", NONCE, message.length - NONCE - TAG);
    write_text(result, ",");
    write_field(result, "tag", message.length - TAG, TAG);
    write_text(result, "]}");
    return NONE;
}

static struct failure describe(struct json params, struct bytes *result)
{
    struct json protocol;
    unsigned long long version;
    if (!json_member(params, "protocol", &protocol) || !json_number(protocol, &version) || version != 1)
        return wrong("this program speaks version 1 of the protocol");
    write_text(result, DESCRIPTION);
    return NONE;
}

static const struct {
    const char *name;
    struct failure (*call)(struct json params, struct bytes *result);
} METHODS[] = {
    {"describe", describe}, {"pair", pair}, {"encrypt", encrypt}, {"decrypt", decrypt},
    {"clone", clone},       {"drop", drop}, {"fields", fields},
};

/* Makes the call. What it answers is the text of `result`, or the failure. */
static struct failure make(struct json call, struct bytes *result)
{
    struct json method, params;
    if (!json_member(call, "method", &method) || !json_is_string(method))
        return (struct failure){-32600, NULL, "a call is an object with a `method`"};
    if (!json_member(call, "params", &params))
        params = (struct json){"{}", 2};
    for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++)
        if (json_equals(method, METHODS[i].name))
            return METHODS[i].call(params, result);
    return (struct failure){-32601, NULL, "no such method"};
}

static void write_failure(struct bytes *out, struct failure failure)
{
    char code[16];
    snprintf(code, sizeof code, "%d", failure.code);
    write_text(out, ",\"error\":{\"code\":");
    write_text(out, code);
    write_text(out, ",\"message\":\"");
    write_text(out, failure.message);
    write_text(out, "\"");
    if (failure.class != NULL) {
        write_text(out, ",\"data\":{\"class\":\"");
        write_text(out, failure.class);
        write_text(out, "\"}");
    }
    write_text(out, "}}");
}

static void answer_one(struct json call, struct bytes *out)
{
    struct json id;
    struct bytes result = {0};
    struct failure failure = make(call, &result);
    /* The id goes back as it was written. */
    if (!json_member(call, "id", &id) || !(json_is_number(id) || json_is_string(id)))
        id = (struct json){"null", 4};
    write_text(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    memcpy(more(out, id.length), id.at, id.length);
    if (failure.code != 0) {
        write_failure(out, failure);
    } else {
        write_text(out, ",\"result\":");
        memcpy(more(out, result.length), result.at, result.length);
        write_text(out, "}");
    }
    free(result.at);
}

static void answer(const char *line, size_t length, struct bytes *out)
{
    struct json call, one;
    if (!json_read(line, length, &call)) {
        write_text(out, "{\"jsonrpc\":\"2.0\",\"id\":null");
        write_failure(out, (struct failure){-32700, NULL, "no JSON"});
        return;
    }
    struct json rest = call;
    if (!json_is_array(call) || !json_next(&rest, &one)) {
        answer_one(call, out);
        return;
    }
    write_text(out, "[");
    answer_one(one, out);
    while (json_next(&rest, &one)) {
        write_text(out, ",");
        answer_one(one, out);
    }
    write_text(out, "]");
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    struct bytes out = {0};
    while ((length = getline(&line, &room, stdin)) > 0) {
        out.length = 0;
        answer(line, (size_t)length, &out);
        write_text(&out, "\n");
        fwrite(out.at, 1, out.length, stdout);
        fflush(stdout);
    }
    free(out.at);
    free(line);
    free(sessions);
    return 0;
}

/* A right client that a harness drives: a line of JSON in, a line of JSON out.
 *
 * The requests are flat objects that the harness writes without spaces, so that a field is found by its name.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int server = -1;
static size_t buffer_size = 1024;

static void *checked(void *memory) {
    if (memory == NULL) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

/* The value of a field: what follows `"name":`, or NULL. */
static const char *field(const char *request, const char *name) {
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *found = strstr(request, key);
    return found ? found + strlen(key) : NULL;
}

static char *put_utf8(char *out, unsigned long code) {
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xC0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3F));
    } else {
        *out++ = (char)(0xE0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
        *out++ = (char)(0x80 | (code & 0x3F));
    }
    return out;
}

/* A field's text, unescaped, and its length. The harness escapes as \u only what is below a space. */
static char *text(const char *request, const char *name, size_t *length) {
    const char *in = field(request, name);
    if (in == NULL || *in++ != '"') {
        return NULL;
    }
    char *whole = checked(malloc(strlen(in) + 1));
    char *out = whole;
    while (*in != '"' && *in != '\0') {
        if (*in != '\\') {
            *out++ = *in++;
            continue;
        }
        switch (*++in) {
        case 'b': *out++ = '\b'; break;
        case 'f': *out++ = '\f'; break;
        case 'n': *out++ = '\n'; break;
        case 'r': *out++ = '\r'; break;
        case 't': *out++ = '\t'; break;
        case 'u': {
            char digits[5] = {0};
            memcpy(digits, in + 1, 4);
            out = put_utf8(out, strtoul(digits, NULL, 16));
            in += 4;
            break;
        }
        default: *out++ = *in;
        }
        in++;
    }
    *out = '\0';
    *length = (size_t)(out - whole);
    return whole;
}

static void print_escaped(const char *payload, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)payload[i];
        if (byte == '"' || byte == '\\') {
            printf("\\%c", byte);
        } else if (byte < ' ') {
            printf("\\u%04x", byte);
        } else {
            putchar(byte);
        }
    }
}

/* NULL where it worked, else what went wrong. */
static const char *connect_to(const char *request) {
    size_t length;
    char *host = text(request, "host", &length);
    const char *port = field(request, "port");
    const char *size = field(request, "buffer_size");
    if (host == NULL || port == NULL || size == NULL) {
        return "connect needs a host, a port and a buffer size";
    }
    buffer_size = strtoul(size, NULL, 10);
    char service[16];
    snprintf(service, sizeof service, "%lu", strtoul(port, NULL, 10));
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *address;
    int failed = getaddrinfo(host, service, &hints, &address);
    free(host);
    if (failed) {
        return "the host is not known";
    }
    server = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    failed = server < 0 || connect(server, address->ai_addr, address->ai_addrlen) != 0;
    freeaddrinfo(address);
    return failed ? "not connected" : NULL;
}

static bool send_all(const void *bytes, size_t length) {
    const char *rest = bytes;
    while (length > 0) {
        ssize_t sent = send(server, rest, length, 0);
        if (sent < 0) {
            return false;
        }
        rest += sent;
        length -= (size_t)sent;
    }
    return true;
}

static const char *send_message(const char *request) {
    size_t length;
    char *message = text(request, "message", &length);
    if (message == NULL) {
        return "send_message needs a message";
    }
    char *frame = checked(malloc(4 + length));
    uint32_t header = htonl((uint32_t)length);
    memcpy(frame, &header, 4);
    memcpy(frame + 4, message, length);
    bool sent = send_all(frame, 4 + length);
    free(frame);
    free(message);
    return sent ? NULL : "not sent";
}

static bool receive_exactly(char *out, size_t length) {
    while (length > 0) {
        ssize_t received = recv(server, out, length < buffer_size ? length : buffer_size, 0);
        if (received <= 0) {
            return false;
        }
        out += received;
        length -= (size_t)received;
    }
    return true;
}

static void receive_message(void) {
    uint32_t header;
    char *payload = NULL;
    bool received = receive_exactly((char *)&header, sizeof header);
    size_t length = received ? ntohl(header) : 0;
    if (received) {
        payload = checked(malloc(length + 1));
        received = receive_exactly(payload, length);
    }
    fputs("{\"payload\":\"", stdout);
    if (received) {
        print_escaped(payload, length);
    }
    printf("\",\"received\":%s}\n", received ? "true" : "false");
    free(payload);
}

int main(void) {
    /* A send to a server that is gone is an error to report, not the end of the program. */
    signal(SIGPIPE, SIG_IGN);
    char *request = NULL;
    size_t capacity = 0;
    while (getline(&request, &capacity, stdin) > 0) {
        size_t length;
        char *operation = text(request, "do", &length);
        const char *error = NULL;
        bool answered = false;
        if (operation == NULL) {
            error = "a request needs an operation";
        } else if (strcmp(operation, "connect") == 0) {
            error = connect_to(request);
        } else if (strcmp(operation, "send_message") == 0) {
            error = send_message(request);
        } else if (strcmp(operation, "receive_message") == 0) {
            receive_message();
            answered = true;
        } else if (strcmp(operation, "shutdown") == 0) {
            close(server);
        } else {
            error = "unknown operation";
        }
        free(operation);
        if (error != NULL) {
            printf("{\"error\":\"%s\"}\n", error);
        } else if (!answered) {
            puts("{}");
        }
        fflush(stdout);
    }
    free(request);
    return 0;
}

// Late: it replies once it has waited, in the way that it is told, for something that does not come in time.
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

#include "frames.h"

enum { LATE_MS = 400 };

static const struct itimerspec once = {.it_value = {.tv_nsec = LATE_MS * 1000000L}};

// What the signal handler sends.
static volatile sig_atomic_t is_due;
static int due_fd;
static const struct reply *due;

static int by_poll(int fd, const struct reply *reply) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    poll(&ready, 1, LATE_MS);
    return send_reply(fd, reply);
}

// The receive timeout of a socket shows nowhere in the system call that waits.
static int by_receive_timeout(int fd, const struct reply *reply) {
    struct timeval patience = {.tv_usec = LATE_MS * 1000}, none = {0};
    char byte;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    recv(fd, &byte, 1, MSG_PEEK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none);
    return send_reply(fd, reply);
}

static int by_timerfd(int fd, const struct reply *reply) {
    int timer = timerfd_create(CLOCK_MONOTONIC, 0), events = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(events, EPOLL_CTL_ADD, timer, &event);
    timerfd_settime(timer, 0, &once, NULL);
    epoll_wait(events, &event, 1, -1);
    close(events);
    close(timer);
    return send_reply(fd, reply);
}

static int by_read_of_timerfd(int fd, const struct reply *reply) {
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    uint64_t expirations;
    timerfd_settime(timer, 0, &once, NULL);
    ssize_t got = read(timer, &expirations, sizeof expirations);
    close(timer);
    return got > 0 && send_reply(fd, reply);
}

// While the program waits in recv for the next message, which is not sent before the reply has come.
static int by_signal_handler(int fd, const struct reply *reply) {
    char byte;
    due_fd = fd;
    due = reply;
    is_due = 1;
    while (is_due)
        if (recv(fd, &byte, 1, MSG_PEEK) >= 0 && is_due)
            pause();
    return 1;
}

static void send_due(int number) {
    (void)number;
    if (is_due)
        send_reply(due_fd, due);
    is_due = 0;
}

static int by_alarm(int fd, const struct reply *reply) {
    signal(SIGALRM, send_due);
    alarm(1);
    return by_signal_handler(fd, reply);
}

static int by_interval_timer(int fd, const struct reply *reply) {
    struct itimerval timer = {.it_value = {.tv_usec = LATE_MS * 1000}};
    signal(SIGALRM, send_due);
    setitimer(ITIMER_REAL, &timer, NULL);
    return by_signal_handler(fd, reply);
}

static int by_posix_timer(int fd, const struct reply *reply) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    timer_t timer;
    signal(SIGRTMIN, send_due);
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &once, NULL);
    int goes_on = by_signal_handler(fd, reply);
    timer_delete(timer);
    return goes_on;
}

static const struct {
    const char *name;
    int (*answer)(int fd, const struct reply *reply);
} ways[] = {
    {"poll", by_poll},
    {"receive-timeout", by_receive_timeout},
    {"timerfd-epoll", by_timerfd},
    {"timerfd-read", by_read_of_timerfd},
    {"alarm", by_alarm},
    {"interval-timer", by_interval_timer},
    {"posix-timer", by_posix_timer},
};

int main(int count, char **arguments) {
    for (size_t i = 0; count > 1 && i < sizeof ways / sizeof *ways; i++)
        if (strcmp(arguments[1], ways[i].name) == 0)
            serve(ways[i].answer);
    fputs("which way?\n", stderr);
    return 2;
}

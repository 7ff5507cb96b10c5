// Late: it replies once another process has woken it, in the way that it is told. That process is not its child.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "frames.h"

enum { LATE_MS = 400 };

// Set before the other process starts, which has them too.
static pid_t waiting;
static int wake_fd, answer_fd;
static const struct reply *answer;
static char path[4096];

static void sleep_a_while(void) {
    usleep(LATE_MS * 1000);
}

// Runs `wake` after a while, in a process of its own.
static void start_apart(void (*wake)(void)) {
    waiting = getpid();
    pid_t child = fork();
    if (child == 0) {
        setsid();
        if (fork() == 0) {
            sleep_a_while();
            wake();
        }
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static void write_eight_bytes(void) {
    uint64_t one = 1;
    _exit(write(wake_fd, &one, sizeof one) < 0);
}

static void send_signal(void) {
    kill(waiting, SIGUSR1);
}

// Waits in a read of `fd` until the other process writes to `other`.
static int by_read(int fd, int other, void (*wake)(void)) {
    char bytes[128];
    wake_fd = other;
    start_apart(wake);
    ssize_t got = read(fd, bytes, sizeof bytes);
    close(fd);
    if (other != fd)
        close(other);
    return got > 0;
}

static int by_pipe(void) {
    int ends[2];
    return pipe(ends) == 0 && by_read(ends[0], ends[1], write_eight_bytes);
}

static int by_unix_socket(void) {
    int ends[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && by_read(ends[0], ends[1], write_eight_bytes);
}

static int by_eventfd(void) {
    int event = eventfd(0, 0);
    return by_read(event, event, write_eight_bytes);
}

static int by_eventfd_poll(void) {
    wake_fd = eventfd(0, 0);
    struct pollfd ready = {.fd = wake_fd, .events = POLLIN};
    start_apart(write_eight_bytes);
    int count = poll(&ready, 1, -1);
    close(wake_fd);
    return count == 1;
}

static int by_fifo(void) {
    unlink(path);
    if (mkfifo(path, 0600) != 0)
        return 0;
    // Opened in both directions, so that neither open waits.
    int fifo = open(path, O_RDWR);
    return by_read(fifo, fifo, write_eight_bytes);
}

static int by_terminal(void) {
    int terminal, line;
    struct termios raw;
    if (openpty(&terminal, &line, NULL, NULL, NULL) != 0)
        return 0;
    tcgetattr(line, &raw);
    cfmakeraw(&raw);
    tcsetattr(line, TCSANOW, &raw);
    return by_read(line, terminal, write_eight_bytes);
}

static void touch(void) {
    close(open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600));
}

static int by_inotify(void) {
    touch();
    int changes = inotify_init1(0);
    inotify_add_watch(changes, path, IN_CLOSE_WRITE);
    return by_read(changes, changes, touch);
}

static sigset_t only_user(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    return set;
}

static int by_signalfd(void) {
    sigset_t set = only_user();
    sigprocmask(SIG_BLOCK, &set, NULL);
    int signals = signalfd(-1, &set, 0);
    return by_read(signals, signals, send_signal);
}

static int by_sigwait(void) {
    sigset_t set = only_user();
    sigprocmask(SIG_BLOCK, &set, NULL);
    start_apart(send_signal);
    return sigwaitinfo(&set, NULL) == SIGUSR1;
}

static void note(int number) {
    (void)number;
}

static int by_sigsuspend(void) {
    sigset_t set = only_user(), before;
    signal(SIGUSR1, note);
    sigprocmask(SIG_BLOCK, &set, &before);
    start_apart(send_signal);
    sigsuspend(&before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return 1;
}

static volatile sig_atomic_t is_sent;

static void send_answer(int number) {
    (void)number;
    send_reply(answer_fd, answer);
    is_sent = 1;
}

// While it waits for the next message, which is not sent before the reply has come.
static int by_signal_in_recv(int fd, const struct reply *reply) {
    char byte;
    answer_fd = fd;
    answer = reply;
    is_sent = 0;
    signal(SIGUSR1, send_answer);
    start_apart(send_signal);
    while (!is_sent && recv(fd, &byte, 1, MSG_PEEK) >= 0)
        ;
    return 1;
}

static void resume(void) {
    kill(waiting, SIGCONT);
}

static int by_continuing(void) {
    start_apart(resume);
    return raise(SIGSTOP) == 0;
}

static sem_t *shared;

static void post(void) {
    sem_post(shared);
}

// A futex without a timeout, in memory that both processes share.
static int by_semaphore(void) {
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || sem_init(shared, 1, 0) != 0)
        return 0;
    start_apart(post);
    while (sem_wait(shared) != 0)
        ;
    munmap(shared, sizeof *shared);
    return 1;
}

static void post_to_old_semaphore(void) {
    struct sembuf up = {.sem_op = 1};
    semop(wake_fd, &up, 1);
}

static int by_old_semaphore(void) {
    struct sembuf down = {.sem_op = -1};
    wake_fd = semget(IPC_PRIVATE, 1, 0600);
    start_apart(post_to_old_semaphore);
    int got = semop(wake_fd, &down, 1);
    semctl(wake_fd, 0, IPC_RMID);
    return got == 0;
}

static void send_to_queue(void) {
    long kind = 1;
    msgsnd(wake_fd, &kind, 0, 0);
}

static int by_message_queue(void) {
    long kind;
    wake_fd = msgget(IPC_PRIVATE, 0600);
    start_apart(send_to_queue);
    ssize_t got = msgrcv(wake_fd, &kind, 0, 0, 0);
    msgctl(wake_fd, IPC_RMID, NULL);
    return got == 0;
}

static void unlock(void) {
    // The lock belongs to the open file, which this process has only inherited.
    flock(wake_fd, LOCK_UN);
}

static int by_lock(void) {
    wake_fd = open(path, O_CREAT | O_RDWR, 0600);
    int own = open(path, O_RDWR);
    flock(wake_fd, LOCK_EX);
    start_apart(unlock);
    int got = flock(own, LOCK_EX);
    close(own);
    close(wake_fd);
    return got == 0;
}

// This one is its child, and sleeps.
static int by_child(void) {
    pid_t child = fork();
    if (child == 0) {
        sleep_a_while();
        _exit(0);
    }
    return waitpid(child, NULL, 0) == child;
}

static const struct {
    const char *name;
    int (*wait)(void);
} ways[] = {
    {"pipe", by_pipe},
    {"unix-socket", by_unix_socket},
    {"eventfd", by_eventfd},
    {"eventfd-poll", by_eventfd_poll},
    {"fifo", by_fifo},
    {"terminal", by_terminal},
    {"inotify", by_inotify},
    {"signalfd", by_signalfd},
    {"sigwait", by_sigwait},
    {"sigsuspend", by_sigsuspend},
    {"stopped", by_continuing},
    {"semaphore", by_semaphore},
    {"old-semaphore", by_old_semaphore},
    {"message-queue", by_message_queue},
    {"lock", by_lock},
    {"child", by_child},
};

static int (*chosen)(void);

static int wait_and_reply(int fd, const struct reply *reply) {
    return chosen() && send_reply(fd, reply);
}

int main(int count, char **arguments) {
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/late-XXXXXX", folder ? folder : "/tmp");
    int name = mkstemp(path);
    if (count < 2 || name < 0)
        return 2;
    unlink(path);
    if (strcmp(arguments[1], "signal-in-recv") == 0)
        serve(by_signal_in_recv);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (strcmp(arguments[1], ways[i].name) == 0) {
            chosen = ways[i].wait;
            serve(wait_and_reply);
        }
    fputs("which way?\n", stderr);
    return 2;
}

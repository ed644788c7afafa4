/* Has Dovecot's auth process check alice's password, CONNECTIONS at a time, as a mail server does that
 * has its own connections (Postfix, Exim): hardly anything but the passdbs is in it.
 *   auth_logins SOCKET ADDRESS CONNECTIONS COUNT
 * prints how many logins a second there were. It takes so little of the processors itself that it is
 * the servers that are measured. https://doc.dovecot.org/2.3/developer_manual/design/auth_protocol/ */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static const char credentials[] = "AGFsaWNlAGNvcnJlY3QgaG9yc2U="; /* "\0alice\0correct horse" */

struct connection {
  char input[16384];
  size_t count;
  int number; /* of its last login */
};

static void fail(const char *what) {
  fprintf(stderr, "auth_logins: %s\n", what);
  exit(1);
}

static void send_text(int socket, const char *text, int length) {
  if (write(socket, text, (size_t)length) != length) fail("the server hung up");
}

static void log_in(int socket, struct connection *connection, const char *address) {
  char text[512];
  send_text(socket, text,
            snprintf(text, sizeof text, "AUTH\t%d\tPLAIN\tservice=imap\trip=%s\tresp=%s\n",
                     ++connection->number, address, credentials));
}

/* How many of the lines that came begin with `word`. */
static int receive(int socket, struct connection *connection, const char *word) {
  int found = 0;
  const size_t room = sizeof connection->input - 1 - connection->count;
  const ssize_t more = read(socket, connection->input + connection->count, room);
  if (more <= 0) fail("the server hung up");
  connection->count += (size_t)more;
  connection->input[connection->count] = '\0';
  char *line = connection->input;
  for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
    if (strncmp(line, "FAIL\t", 5) == 0) fail("a login was refused");
    found += strncmp(line, word, strlen(word)) == 0;
  }
  connection->count = (size_t)(connection->input + connection->count - line);
  memmove(connection->input, line, connection->count + 1);
  return found;
}

static int connect_to(const char *path, struct connection *connection, int number) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char text[64];
  const int found = socket(AF_UNIX, SOCK_STREAM, 0);
  if (strlen(path) >= sizeof address.sun_path) fail("the socket's path is too long");
  strcpy(address.sun_path, path);
  if (connect(found, (struct sockaddr *)&address, sizeof address) != 0) fail("cannot connect");
  /* Dovecot wants a process id that no other client has. */
  send_text(found, text,
            snprintf(text, sizeof text, "VERSION\t1\t1\nCPID\t%d\n", getpid() * 100 + number));
  while (receive(found, connection, "DONE") == 0) {
  }
  return found;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  enum { most = 100 };
  static struct connection connections[most];
  struct pollfd sockets[most];
  if (argc != 5) return 2;
  const int at_once = atoi(argv[3]), count = atoi(argv[4]);
  if (at_once < 1 || at_once > most || count < at_once) return 2;
  for (int i = 0; i < at_once; ++i) {
    sockets[i].fd = connect_to(argv[1], &connections[i], i);
    sockets[i].events = POLLIN;
  }
  const double begin = now();
  int sent = 0;
  for (; sent < at_once; ++sent) log_in(sockets[sent].fd, &connections[sent], argv[2]);
  for (int done = 0; done < count;) {
    if (poll(sockets, (nfds_t)at_once, 60000) <= 0) fail("nobody answers");
    for (int i = 0; i < at_once; ++i) {
      if (sockets[i].revents == 0 || receive(sockets[i].fd, &connections[i], "OK\t") == 0) continue;
      ++done;
      if (sent < count) {
        ++sent;
        log_in(sockets[i].fd, &connections[i], argv[2]);
      }
    }
  }
  printf("%.1f\n", count / (now() - begin));
  return 0;
}

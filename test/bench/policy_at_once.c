/* A policy server that allows at once, as badclients-policy is started: one process a connection, the
 * socket on 0 and 1. It looks for the end of each request, and at nothing else in it. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char answer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n"
    "{\"status\":0,\"msg\":\"\"}";

/* How long the first request is; 0: it is not all there. */
static size_t request_length(const char *bytes) {
  const char *end = strstr(bytes, "\r\n\r\n");
  if (end == NULL) return 0;
  const char *length = strcasestr(bytes, "\r\nContent-Length:");
  const size_t body = length == NULL || length > end ? 0 : strtoul(length + 17, NULL, 10);
  return (size_t)(end + 4 - bytes) + body;
}

int main(void) {
  static char bytes[65536 + 1];
  size_t count = 0;
  for (;;) {
    const ssize_t more = read(0, bytes + count, sizeof bytes - 1 - count);
    if (more <= 0) return 0;
    count += (size_t)more;
    bytes[count] = '\0';
    for (size_t length; (length = request_length(bytes)) != 0 && length <= count;) {
      memmove(bytes, bytes + length, count - length + 1);
      count -= length;
      if (write(1, answer, sizeof answer - 1) < 0) return 1;
    }
  }
}

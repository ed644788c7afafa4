/* A checkpassword program that says yes at once, as badclients does: one TAB on descriptor 4.
 * Dovecot takes it for a failure if nobody reads the credentials. */
#include <unistd.h>

int main(void) {
  char credentials[512];
  while (read(3, credentials, sizeof credentials) > 0) continue;
  return write(4, "\t", 1) == 1 ? 0 : 111;
}

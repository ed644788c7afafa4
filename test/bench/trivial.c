/* The least that a process can cost: T. */
int main(void) { return 0; }

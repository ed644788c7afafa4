// What libmaxminddb and SQLite would take from libc, and badclients has no use for: it resolves no
// names and loads no code at run time. A statically linked program had better not even be able to:
// both need libraries of the very version it was built with. The linker (--wrap) puts these
// functions, which fail, in their place.
//
// Nor does it use std::cout and its like, which libstdc++ makes ready before main() wherever a
// source file includes <iostream>, as SQLiteCpp's do: a twentieth of all that a login costs.

#include <dlfcn.h>
#include <netdb.h>

extern "C" {

int __wrap_getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**);
void __wrap_freeaddrinfo(addrinfo*);
void* __wrap_dlopen(const char*, int);
void* __wrap_dlsym(void*, const char*);
int __wrap_dlclose(void*);
const char* __wrap_dlerror();

int __wrap_getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**) {
  return EAI_FAIL;
}
void __wrap_freeaddrinfo(addrinfo*) {}
void* __wrap_dlopen(const char*, int) {
  return nullptr;
}
void* __wrap_dlsym(void*, const char*) {
  return nullptr;
}
int __wrap_dlclose(void*) {
  return -1;
}
const char* __wrap_dlerror() {
  return "badclients loads no code at run time";
}

// std::ios_base::Init's constructor and destructor
void __wrap__ZNSt8ios_base4InitC1Ev(void*);
void __wrap__ZNSt8ios_base4InitD1Ev(void*);
void __wrap__ZNSt8ios_base4InitC1Ev(void*) {}
void __wrap__ZNSt8ios_base4InitD1Ev(void*) {}

}  // extern "C"

#include "cache/set_up.hpp"

#include <sqlite3.h>

namespace badclients::cache {

void set_up_for_one_login() {
  // Refused where SQLite was initialised before; then it goes on as it is.
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
  sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, 0);
}

}  // namespace badclients::cache

// What needs a certificate is tested end to end, against a real web server.

#include "admin/update/fetch.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include "catch.hpp"
#include "loopback.hpp"

using namespace badclients;
using namespace badclients::admin::update;
using namespace std::chrono_literals;

namespace {

std::string fault(const net::Server& server, std::chrono::milliseconds whole_time = 5min,
                  const char* scheme = "https") {
  setenv("no_proxy", "*", 1);  // a proxy of the one who runs the tests
  const auto url = fmt::format("{}://127.0.0.1:{}/", scheme, server.port);
  const network::Https https("");
  Transport transport{https, ""};
  transport.whole_time = whole_time;
  const auto response = fetch({url, {}}, transport);
  return response ? "no error" : response.error();
}

}  // namespace

TEST_CASE("fetching from where nobody listens says so") {
  CHECK_THAT(fault(test::nobody()), ContainsSubstring("Failed to connect"));
}

TEST_CASE("fetching ends where a server never says anything") {
  const test::TcpServer silent(test::wait_for_close);
  CHECK_THAT(fault(silent.server(), 100ms), ContainsSubstring("time"));
}

TEST_CASE("fetching from a server without TLS fails") {
  const test::TcpServer plain([](const base::Descriptor& connection) {
    constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n8.8.8.8\n";
    if (net::send_all(connection, answer, test::plenty())) test::wait_for_close(connection);
  });
  CHECK_THAT(fault(plain.server()), ContainsSubstring("SSL"));
}

TEST_CASE("nothing but https is fetched") {
  const auto server = test::nobody();
  CHECK_THAT(fault(server, 5min, "http"), ContainsSubstring("not https"));
  CHECK_THAT(fault(server, 5min, "ftp"), ContainsSubstring("not https"));
}

TEST_CASE("a proxy that is configured is asked") {
  std::string asked;
  {
    const test::TcpServer proxy(
        [&](const base::Descriptor& connection) { asked = test::read_line(connection); });
    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
    const network::Https https("");
    const auto url = fmt::format("http://127.0.0.1:{}/", proxy.server().port);
    CHECK_FALSE(fetch({"https://list.example/", {}}, Transport{https, url}));
  }
  CHECK_THAT(asked, ContainsSubstring("CONNECT list.example:443 HTTP/1.1"));
}

#include "website.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "base/process.hpp"
#include "loopback.hpp"

namespace badclients::test {

namespace {

constexpr auto nginx = "/usr/sbin/nginx";
constexpr auto openssl = "/usr/bin/openssl";

/// FILE.pem and FILE.key; signed by `issuer`, by itself where that is empty.
void make_certificate(const TempFolder& folder, const std::string& file, const std::string& issuer,
                      const std::string& extension) {
  std::vector<std::string> words{"req",
                                 "-x509",
                                 "-newkey",
                                 "ec",
                                 "-pkeyopt",
                                 "ec_paramgen_curve:prime256v1",
                                 "-nodes",
                                 "-days",
                                 "30",
                                 "-subj",
                                 "/O=badclients/CN=" + file,
                                 "-addext",
                                 extension,
                                 "-keyout",
                                 folder / (file + ".key"),
                                 "-out",
                                 folder / (file + ".pem")};
  if (!issuer.empty()) {
    words.insert(
        words.end(),
        {"-CA", folder / (issuer + ".pem"), "-CAkey", folder / (issuer + ".key"), "-addext",
         "basicConstraints=critical,CA:" + std::string(file == "site" ? "FALSE" : "TRUE")});
  }
  const auto made = base::run({openssl, words, "", plenty(), 1 << 16, 1 << 16});
  if (!made || made->code != 0) {
    throw std::runtime_error("openssl: " + (made ? made->stderr_text : made.error()));
  }
}

/// A root, an authority under it, and the site's certificate, as out in the world.
void make_certificates(const TempFolder& folder) {
  make_certificate(folder, "root", "", "keyUsage=critical,keyCertSign");
  make_certificate(folder, "authority", "root", "keyUsage=critical,keyCertSign");
  make_certificate(folder, "site", "authority",
                   "subjectAltName=IP:127.0.0.1,DNS:rdap.example.test");
  folder.write("chain.pem",
               read_whole_file(folder / "site.pem") + read_whole_file(folder / "authority.pem"));
}

std::string configuration(const std::string& folder, const net::Server& server,
                          std::string locations) {
  for (auto at = locations.find("@PORT@"); at != std::string::npos; at = locations.find("@PORT@")) {
    locations.replace(at, 6, std::to_string(server.port));
  }
  std::string temporary;
  for (const auto* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    temporary += std::string(kind) + "_temp_path " + folder + "/tmp;\n";
  }
  return "daemon off;\nmaster_process off;\npid " + folder + "/pid;\nerror_log " + folder +
         "/error.log;\nevents {}\nhttp {\naccess_log off;\n" + temporary +
         "default_type application/rdap+json;\ngzip on;\ngzip_types *;\ngzip_min_length 1;\n"
         "server {\nlisten " +
         server.str() + " ssl http2;\nssl_certificate " + folder + "/chain.pem;\n" +
         "ssl_certificate_key " + folder + "/site.key;\nroot " + folder + "/www;\n" + locations +
         "}\n}\n";
}

}  // namespace

bool Website::available() {
  return access(nginx, X_OK) == 0 && access(openssl, X_OK) == 0;
}

Website::Website(const Files& files, std::string locations) : server_(nobody()) {
  make_certificates(folder_);
  for (const auto& [path, content] : files) {
    const std::filesystem::path file(folder_.path() + "/www" + path);
    std::filesystem::create_directories(file.parent_path());
    folder_.write("www" + path, content);
  }
  const auto config =
      folder_.write("nginx.conf", configuration(folder_.path(), server_, std::move(locations)));

  const auto parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // a crashed test leaves no server behind
    if (getppid() != parent) _exit(1);
    const int quiet = open((folder_ / "output").c_str(), O_WRONLY | O_CREAT, 0600);
    dup2(quiet, 1);
    dup2(quiet, 2);
    execl(nginx, "nginx", "-c", config.c_str(), "-p", folder_.path().c_str(), nullptr);
    _exit(127);
  }
  if (pid_ < 0) throw std::runtime_error("fork failed");
  while (!net::connect_tcp(server_, plenty())) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      throw std::runtime_error("nginx did not start: " + read_whole_file(folder_ / "output"));
    }
    sched_yield();
  }
}

Website::~Website() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

}  // namespace badclients::test

#include "authpolicy/session.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "authpolicy/answer.hpp"
#include "authpolicy/connection.hpp"
#include "authpolicy/http.hpp"
#include "authpolicy/question.hpp"
#include "authpolicy/secret.hpp"
#include "base/database.hpp"
#include "base/kept_file.hpp"
#include "config/config.hpp"
#include "door/supervise.hpp"
#include "door/told.hpp"
#include "login/decide.hpp"
#include "login/line_form.hpp"

namespace badclients::authpolicy {

namespace {

using audit::Level;
using Clock = std::chrono::steady_clock;

constexpr const char* writing_log = "writing the log";

/// Answers one request after the other.
class Deciding {
 public:
  Deciding(const Surroundings& surroundings, door::Progress& progress)
      : surroundings_(surroundings), progress_(progress) {}

  Answer answer_to(HttpRequest request, Clock::time_point came) {
    auto answer = find_answer(std::move(request), came);
    close_log();
    return answer;
  }

  /// The answer to what is no request.
  Answer refuse(const Refusal& what, Clock::time_point came) {
    came_ = came;
    progress_.login_came({}, came_);
    log_ = "auto";
    arm(refusal(what.status, what.why));
    configure();
    auto answer = refused(what.status, what.why);
    close_log();
    return answer;
  }

  /// Writes a warning where the configuration says.
  void warn(const std::string& text) {
    read_configuration();
    sink_->write(Level::warning, text);
    sink_.reset();
  }

 private:
  Answer find_answer(HttpRequest request, Clock::time_point came) {
    came_ = came;
    progress_.login_came({}, came_);
    const bool login = request.command == HttpRequest::Command::allow;
    told_ = login ? read_question(request.body) : door::Told{};
    if (told_) progress_.login_came(*told_, came_);
    const auto& loaded = configure();
    if (!loaded) return undecided(loaded.error().str());
    if (auto refused = look_at_secret(loaded->config, request)) return *refused;
    if (!login) return noted();
    if (!told_) return refused(400, told_.error());
    return decide(*loaded);
  }

  /// Now, while the request's answer is armed: closing a file may hang, too. Left open, it would be
  /// closed where the next request opens its log.
  void close_log() {
    begin_step(writing_log);
    sink_.reset();
  }

  const config::Kept::Result& configure() {
    begin_step("reading the configuration");
    return read_configuration();
  }

  const config::Kept::Result& read_configuration() {
    const auto& loaded = configuration_.load(surroundings_.config_path, config::load);
    if (loaded) longest_ = loaded->config.lookup.deadline + door::grace;
    log_ = loaded ? loaded->config.general.log : "auto";
    form_ = loaded ? login::line_form(loaded->config) : audit::Form::line;
    sink_ = audit::open_sink(log_, surroundings_.log);
    return loaded;
  }

  void begin_step(const char* what) { progress_.begin_step(what, came_ + longest_); }

  /// From now on this is what the request ends with.
  void arm(const Answer& answer, bool holds = true, const audit::Line& line = {}) {
    progress_.arm(answer, holds, log_, line);
  }

  std::optional<Answer> look_at_secret(const config::Config& config, const HttpRequest& request) {
    const auto& given = request.secret;
    const auto& file = config.policy.secret_file;
    begin_step("looking at the secret");
    if (file.empty()) return std::nullopt;
    const auto& secret = secret_.load(file, read_secret);
    if (!secret) return undecided(secret.error());
    if (given && same_secret(*given, *secret)) return std::nullopt;
    return refused(401,
                   given ? "the secret in the header X-Badclients is another than that in "
                           "policy/secret_file"
                         : "there is no secret: the header X-Badclients is missing, or there "
                           "twice",
                   request.is_own_test ? ", in a test by badclientsctl, as the request says" : "");
  }

  Answer decide(const config::Loaded& loaded) {
    const auto& config = loaded.config;
    const auto login = door::make_login(*told_, config);
    // The error quotes the address: that is for the log, not for the client.
    if (!login) return refused(400, "remote is no address", ": " + login.error());
    const auto arm = [&](const login::Armed& armed) {
      if (armed.verdict.decision == facts::Verdict::Decision::allow) {
        this->arm(allowed_, armed.holds(), armed.line);
      } else {
        this->arm(answer(armed.verdict, config.general), armed.holds(), armed.line);
      }
      begin_step(armed.next);
    };
    const auto line_written = [&](const char* next) {
      progress_.line_written();
      begin_step(next);
    };
    const auto verdict = login::decide({&kept_, *login, config, surroundings_.config_path,
                                        loaded.problems, came_, *sink_, "/proc/self/exe", arm, true,
                                        true, line_written, configuration_.reads()});
    return answer(verdict, config.general);
  }

  Answer undecided(const std::string& why) {
    begin_step(writing_log);
    if (told_ && !told_->user.empty()) {
      login::log_undecided(*sink_, door::login_for_log(*told_), form_, came_, why);
      progress_.line_written();
    } else {
      sink_->write(Level::error, why);
    }
    return cannot_decide();
  }

  /// Arms the answer first: a log that hangs does not change it.
  Answer refused(int status, const std::string& why, const std::string& more = {}) {
    arm(refusal(status, why));
    begin_step(writing_log);
    sink_->write(Level::warning, fmt::format("request refused ({}): {}{}", status, why, more));
    return refusal(status, why);
  }

  const Surroundings& surroundings_;
  door::Progress& progress_;
  config::Kept configuration_;
  base::KeptFile<std::string> secret_;
  login::Kept kept_;
  const Answer allowed_ = noted();  ///< armed up to four times a login
  /// The time for a request, after which the parent answers: as the configuration said last.
  Clock::duration longest_ = door::longest_start();
  std::string log_ = "auto";
  audit::Form form_ = audit::Form::line;
  std::unique_ptr<audit::Sink> sink_;
  Clock::time_point came_;
  tl::expected<door::Told, std::string> told_;
};

/// What a busy machine may take beyond a wait. No request waits for an answer meanwhile.
constexpr std::chrono::seconds longest_unscheduled{10};

/// The program that this process runs. An update of badclients replaces it. The new program may
/// read the lists in another way: then old and new processes replace each other's index.
class OwnProgram {
 public:
  /// Whether it is gone. Looks once a second at most: one readlink(2).
  bool is_gone(Clock::time_point now) {
    constexpr std::string_view mark = " (deleted)";  // proc_pid_exe(5)
    if (now < next_look_) return false;
    next_look_ = now + std::chrono::seconds{1};
    std::array<char, PATH_MAX> path;
    const auto length = ::readlink("/proc/self/exe", path.data(), path.size());
    return length > 0 && std::string_view{path.data(), std::size_t(length)}.ends_with(mark);
  }

 private:
  Clock::time_point next_look_;
};

/// One connection.
class Session {
 public:
  Session(const Surroundings& surroundings, door::Progress& progress)
      : progress_(progress), deciding_(surroundings, progress) {}

  void run() {
    auto longest = longest_for_first;
    while (auto parser = receive(longest)) {
      if (!answer(*parser)) return;
      longest = longest_between;
    }
  }

 private:
  /// Nothing: no further request came, or only a part of one.
  std::optional<RequestParser> receive(std::chrono::seconds longest) {
    RequestParser parser;
    auto until = begin_step("waiting for a request", longest);
    bool begun = false;
    while (true) {
      bytes_.erase(0, parser.take(bytes_));
      if (parser.done()) return parser;
      if (!begun && parser.begun()) {
        begun = true;
        until = begin_step("receiving a request", longest_for_request);
      }
      if (parser.wants_continue()) Connection::write(go_on, until);
      // SIGTERM does not break off a request: once begun, it is due an answer.
      const auto came =
          begun ? connection_.read(bytes_, until) : connection_.read_unless_sigterm(bytes_, until);
      if (came == Connection::Came::bytes) continue;
      if (begun) warn_of_half(came);
      return std::nullopt;
    }
  }

  void warn_of_half(Connection::Came came) {
    deciding_.warn(came == Connection::Came::end
                       ? "the connection ended in the middle of a request"
                       : fmt::format("the rest of a request did not come within {} s",
                                     longest_for_request.count()));
  }

  /// Whether another request may follow.
  bool answer(RequestParser& parser) {
    const auto came = Clock::now();
    if (const auto& refusal = parser.refusal()) {
      const auto refused = deciding_.refuse(*refusal, came);
      return send(refused, 11, false);
    }
    auto request = parser.request();
    const auto version = request.version;
    const bool keep = request.keep_alive;
    const auto answer = deciding_.answer_to(std::move(request), came);
    const bool usual = answer.code == 200 || answer.code == 500;
    const bool ends = Connection::told_to_end() || program_.is_gone(came);
    return send(answer, version, keep && usual && !ends);
  }

  /// Whether the connection goes on: `keep`, unless writing fails.
  bool send(const Answer& answer, unsigned version, bool keep) {
    const auto bytes = http_answer(answer.code, answer.text, version, keep);
    const auto until = begin_step("writing the answer", longest_for_answer);
    progress_.answer_begins();
    if (!Connection::write(bytes, until)) {
      if (Clock::now() >= until) {
        deciding_.warn(fmt::format("the client did not take the answer within {} s",
                                   longest_for_answer.count()));
      }
      return false;
    }
    if (!keep) Connection::end(begin_step("ending the connection", longest_for_end));
    return keep;
  }

  Clock::time_point begin_step(const char* what, std::chrono::seconds longest) {
    const auto until = Clock::now() + longest;
    progress_.begin_step(what, until + longest_unscheduled);
    return until;
  }

  door::Progress& progress_;
  Deciding deciding_;
  Connection connection_;
  OwnProgram program_;
  std::string bytes_;  ///< received, and not taken yet
};

/// Makes this process SCHED_BATCH (sched(7)): it then waits for a free processor or its turn.
/// Otherwise the kernel interrupts Dovecot's auth, the one process that all logins go through, each
/// time that auth sends a request. Any other policy than SCHED_OTHER was somebody's choice, and
/// stays.
void let_others_finish() {
  const sched_param none{};
  if (::sched_getscheduler(0) == SCHED_OTHER) ::sched_setscheduler(0, SCHED_BATCH, &none);
}

}  // namespace

void serve(const Surroundings& surroundings, door::Progress& progress) {
  base::expect_one_thread();
  let_others_finish();
  Session(surroundings, progress).run();
}

}  // namespace badclients::authpolicy

#include "authpolicy/session.hpp"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <optional>
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

/// Decides about one request after the other.
class Deciding {
 public:
  /// `answer_login` hears a login's answer before its line is written.
  Deciding(const Surroundings& surroundings, door::Progress& progress,
           std::function<void(const Answer&)> answer_login)
      : surroundings_(surroundings), progress_(progress), answer_login_(std::move(answer_login)) {}

  Answer answer_to(HttpRequest request, Clock::time_point came) {
    begin(came);
    const bool login = request.command == HttpRequest::Command::allow;
    told_ = login ? read_question(request.body) : door::Told{};
    if (told_) progress_.login_came(*told_, came_);
    const auto& loaded = configure();
    if (!loaded) return undecided(loaded.error().str());
    if (auto refused = look_at_secret(loaded->config, request.secret)) return *refused;
    if (!login) return noted();
    if (!told_) return refused(400, told_.error());
    return decide(*loaded);
  }

  /// What is no request.
  Answer refuse(const Refusal& what, Clock::time_point came) {
    begin(came);
    log_ = "auto";
    arm(refusal(what.status, what.why));
    configure();
    return refused(what.status, what.why);
  }

  /// Goes where the configuration says.
  void warn(const std::string& text) {
    read_configuration();
    sink_->write(Level::warning, text);
  }

 private:
  void begin(Clock::time_point came) {
    came_ = came;
    answered_ = false;
    progress_.login_came({}, came_);
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

  void begin_step(const char* what) {
    progress_.begin_step(what, answered_ ? Clock::now() + longest_for_log : came_ + longest_);
  }

  /// From now on the request ends so.
  void arm(Answer answer, bool holds = true, const audit::Line& line = {}) {
    progress_.arm({std::move(answer), holds, log_, line});
  }

  std::optional<Answer> look_at_secret(const config::Config& config,
                                       const std::optional<std::string>& given) {
    const auto& file = config.policy.secret_file;
    begin_step("looking at the secret");
    if (file.empty()) return std::nullopt;
    const auto& secret = secret_.load(file, read_secret);
    if (!secret) return undecided(secret.error());
    if (given && same_secret(*given, *secret)) return std::nullopt;
    return refused(401, given ? "the secret in the header X-Badclients is another than that in "
                                "policy/secret_file"
                              : "there is no secret: the header X-Badclients is missing, or there "
                                "twice");
  }

  Answer decide(const config::Loaded& loaded) {
    const auto& config = loaded.config;
    const auto login = door::make_login(*told_, config);
    // What the address is stands in the error, quoted: it is for the log, not for the client.
    if (!login) return refused(400, "remote is no address", ": " + login.error());
    const auto arm = [&](const login::Armed& armed) {
      this->arm(answer(armed.verdict, config.general), armed.holds(), armed.line);
      begin_step(armed.next);
    };
    const auto line_written = [&](const char* next) {
      progress_.line_written();
      begin_step(next);
    };
    const auto answer_login = [&](const facts::Verdict& verdict) {
      answer_login_(answer(verdict, config.general));
      answered_ = true;
      begin_step(writing_log);
    };
    const auto verdict =
        login::decide({&kept_, *login, config, surroundings_.config_path, loaded.problems, came_,
                       *sink_, "/proc/self/exe", arm, true, true, line_written, answer_login});
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

  /// A log that hangs makes no other answer of it.
  Answer refused(int status, const std::string& why, const std::string& more = {}) {
    arm(refusal(status, why));
    begin_step(writing_log);
    sink_->write(Level::warning, fmt::format("request refused ({}): {}{}", status, why, more));
    return refusal(status, why);
  }

  const Surroundings& surroundings_;
  door::Progress& progress_;
  std::function<void(const Answer&)> answer_login_;
  bool answered_ = false;
  config::Kept configuration_;
  base::KeptFile<std::string> secret_;
  login::Kept kept_;
  /// For a request, until it is answered in this one's place: as the configuration said last.
  Clock::duration longest_ = door::longest_start();
  std::string log_ = "auto";
  audit::Form form_ = audit::Form::line;
  std::unique_ptr<audit::Sink> sink_;
  Clock::time_point came_;
  tl::expected<door::Told, std::string> told_;
};

/// No request waits for an answer meanwhile, so a busy machine may take this long to go on.
constexpr std::chrono::seconds longest_unscheduled{10};

/// One connection.
class Session {
 public:
  Session(const Surroundings& surroundings, door::Progress& progress)
      : progress_(progress),
        deciding_(surroundings, progress, [this](const Answer& answer) { send(answer); }) {}

  void run() {
    auto longest = longest_for_first;
    while (auto parser = receive(longest)) {
      if (!answer(*parser)) return;
      longest = longest_between;
    }
  }

 private:
  /// Nothing: no other request comes, or only a part of one.
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
      // A request that has begun is due an answer.
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
    sent_ = Sent::no;
    if (const auto& refusal = parser.refusal()) {
      version_ = 11;
      keep_ = false;
      send(deciding_.refuse(*refusal, came));
    } else {
      auto request = parser.request();
      version_ = request.version;
      keep_ = request.keep_alive;
      const auto answer = deciding_.answer_to(std::move(request), came);
      if (sent_ == Sent::no) send(answer);
    }
    progress_.line_written();
    if (sent_ == Sent::too_late) {
      deciding_.warn(fmt::format("the client did not take the answer within {} s",
                                 longest_for_answer.count()));
    }
    if (sent_ != Sent::yes) return false;
    if (!keep_) Connection::end(begin_step("ending the connection", longest_for_end));
    return keep_;
  }

  void send(const Answer& answer) {
    const bool usual = answer.code == 200 || answer.code == 500;
    keep_ = keep_ && usual && !Connection::told_to_end();
    auto bytes = http_answer(answer.code, answer.text, version_, keep_);
    if (!is_socket_) bytes += '\n';  // the log follows on the same terminal
    const auto until = begin_step("writing the answer", longest_for_answer);
    progress_.answer_begins();
    const bool written = Connection::write(bytes, until);
    sent_ = written ? Sent::yes : Clock::now() >= until ? Sent::too_late : Sent::failed;
  }

  Clock::time_point begin_step(const char* what, std::chrono::seconds longest) {
    const auto until = Clock::now() + longest;
    progress_.begin_step(what, until + longest_unscheduled);
    return until;
  }

  door::Progress& progress_;
  Deciding deciding_;
  Connection connection_;
  const bool is_socket_ = Connection::is_socket();
  // Of the request that is answered.
  unsigned version_ = 11;
  bool keep_ = false;  ///< whether another may follow
  enum class Sent { no, yes, too_late, failed } sent_ = Sent::no;
  std::string bytes_;  ///< that came and were not taken yet
};

}  // namespace

void serve(const Surroundings& surroundings, door::Progress& progress) {
  base::expect_one_thread();
  Session(surroundings, progress).run();
}

}  // namespace badclients::authpolicy

#include "admin/notify/command.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/log_options.hpp"
#include "admin/notify/mail_merge.hpp"
#include "admin/notify/message.hpp"
#include "admin/notify/outcome.hpp"
#include "admin/notify/people.hpp"
#include "admin/notify/sendmail.hpp"
#include "admin/terminal.hpp"
#include "base/hash.hpp"
#include "lists/file.hpp"

namespace badclients::admin::notify {

namespace {

CommandLine command_line() {
  CommandLine line{"notify [OPTION]...",
                   "Tells each user of a bad client once, by mail, as the log of the last 30 days\n"
                   "tells: whom its rules refused, or would have. After 90 days again."};
  add_log(line);
  add_range(line);
  line.value("client", "NAME", "users of this bad client alone: its name or ID")
      .value("from", "ADDRESS",
             "the sender, where the template has none: 'Help <help@example.org>'")
      .value("domain", "NAME[,NAME]...",
             "what completes user names without a domain; nobody of a domain\n"
             "that is not named here is written to ('*': any)")
      .value("template", "FILE", "headers, an empty line, and the text, instead of the usual one")
      .flag("print-template", "print the usual template, and do nothing")
      .value("files", "FOLDER", "make a folder with the messages and a table, and send nothing")
      .value("sendmail", "PROGRAM", "instead of /usr/sbin/sendmail")
      .value("catalogue", "DIR", "the catalogue of clients, instead of the installed one")
      .flag("dry-run", "show who would be told, and do nothing")
      .flag("json", "print one JSON object");
  return line;
}

/// No signal ends us between a message's sending and its being remembered.
class Undisturbed {
 public:
  Undisturbed() {
    sigset_t all;
    sigemptyset(&all);
    for (const int signal : {SIGHUP, SIGINT, SIGTERM}) sigaddset(&all, signal);
    sigprocmask(SIG_BLOCK, &all, &before_);
  }
  Undisturbed(const Undisturbed&) = delete;
  Undisturbed& operator=(const Undisturbed&) = delete;
  ~Undisturbed() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

/// The same where a run was killed before it remembered that it had sent it, so that the mail
/// server or the user's filter can see that the second is the first.
std::string message_id(const Person& person, facts::Time now) {
  const auto turn = now.time_since_epoch() / told_for;
  auto hash = base::hash(person.use.client_id);
  hash = base::hash(person.values.address, hash);
  return fmt::format("badclients.{:016x}.{}", hash, turn);
}

/// What is sent, and as whom.
class Writer {
 public:
  /// Error: what is wrong with the template or the sender.
  static tl::expected<Writer, std::string> of(const Call& call) {
    Writer writer;
    std::string text{Template::usual()};
    if (call.has("template")) {
      auto read = lists::read_file(call.text("template"));
      if (!read) {
        return tl::unexpected(fmt::format("{}: {}", call.text("template"), read.error().reason));
      }
      text = std::string(std::string_view(*read));
    }
    auto result = Template::read(text, call.text("template"));
    if (!result) return tl::unexpected(result.error());
    writer.template_ = *std::move(result);
    writer.from_ = call.text("from");
    for (const auto& [name, value] : writer.template_.headers({})) {
      if (name == "From" && writer.from_.empty()) writer.from_ = value;
      if (name == "Reply-To") writer.reply_to_ = value;
    }
    for (auto* each : {&writer.from_, &writer.reply_to_}) {
      if (each->empty()) continue;
      const auto good = mailbox(*each);
      if (!good) return tl::unexpected(good.error());
      *each = *good;
    }
    return writer;
  }

  [[nodiscard]] bool has_sender() const { return !from_.empty(); }

  [[nodiscard]] std::string message_to(const Person& person, facts::Time now) const {
    std::vector<std::pair<std::string, std::string>> headers;
    headers.emplace_back("From", from_);
    if (!reply_to_.empty()) headers.emplace_back("Reply-To", reply_to_);
    for (const auto& [name, value] : template_.headers(person.values)) {
      if (name == "Subject") headers.emplace_back(name, value);
    }
    return message(headers, person.values.address, template_.text(person.values),
                   message_id(person, now), now);
  }

 private:
  Template template_;
  std::string from_, reply_to_;
};

/// Error: why nothing more can be done; who is told until then is remembered.
tl::expected<void, std::string> send_all(const Call& call, const Writer& writer,
                                         std::vector<Person>& people, Told& told) {
  const auto sendmail = call.has("sendmail") ? call.text("sendmail") : usual_sendmail;
  for (auto& person : people) {
    if (person.fate != Fate::due) continue;
    const Undisturbed while_sending;
    const auto now = call.context.now();
    const auto done = send(sendmail, person.values.address, writer.message_to(person, now));
    if (!done && done.error().at_all) return tl::unexpected(done.error().why);
    person.fate = done ? Fate::sent : Fate::failed;
    if (!done) {
      person.why = done.error().why;
      continue;
    }
    if (auto kept = told.add(person.use.client_id, person.values.address, now); !kept) {
      return tl::unexpected(fmt::format("{} was told about {}, but that cannot be remembered: {}",
                                        person.values.address, person.use.client, kept.error()));
    }
  }
  return {};
}

tl::expected<void, std::string> write_all(const Call& call, const Writer& writer,
                                          std::vector<Person>& people, Told& told) {
  const auto now = call.context.now();
  std::vector<File> files{{"recipients.csv", as_csv(people)}};
  for (const auto& person : people) {
    if (person.fate != Fate::due) continue;
    files.push_back({fmt::format("{:05}.eml", files.size()), writer.message_to(person, now)});
  }
  if (files.size() == 1) return {};
  const Undisturbed while_writing;
  if (auto made = make_folder(call.text("files"), files); !made) return made;
  for (auto& person : people) {
    if (person.fate != Fate::due) continue;
    if (auto kept = told.add(person.use.client_id, person.values.address, now); !kept) return kept;
    person.fate = Fate::written;
  }
  return {};
}

/// Error: why it cannot be done.
tl::expected<std::vector<Person>, std::string> tell(const Call& call, const Writer& writer,
                                                    const std::optional<Domains>& domains,
                                                    const logs::Range& range) {
  const auto now = call.context.now();
  const auto& general = call.config.general;
  const bool dry = call.has("dry-run");
  auto told = dry ? Told::look(general.state_path, now) : Told::open(general.state_path, now);
  if (!told) return tl::unexpected(told.error());
  Uses uses{call.text("client")};
  const auto tally = read_log(call, range, [&](const logs::Login& login) { uses.add(login); });
  if (!tally) return tl::unexpected(tally.error());
  const auto clients = take_inventory(
      {general.list_path, call.has("catalogue") ? call.text("catalogue") : BADCLIENTS_CATALOGUE});
  if (call.has("catalogue") && !clients.no_catalogue.empty()) {
    return tl::unexpected(clients.no_catalogue);
  }
  auto found = people(uses, clients, domains, *told, now);
  if (dry) return found;
  const auto act = call.has("files") ? write_all : send_all;
  if (const auto done = act(call, writer, found, *told); !done) return tl::unexpected(done.error());
  return found;
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Context& context) {
  const auto call = begin(command_line(), arguments, context);
  if (!call) return call.error();
  if (call->has("print-template")) {
    context.out << Template::usual();
    return exit_good;
  }
  const auto wrong = [&](const std::string& what) {
    context.complain("notify: " + what);
    return exit_usage;
  };
  auto range = read_range(*call);
  if (!range) return wrong(range.error());
  constexpr std::chrono::hours usual_range{24 * 30};
  if (!range->since) range->since = context.now() - usual_range;
  std::optional<Domains> domains;
  if (call->has("domain")) {
    const auto read = Domains::read(call->text("domain"));
    if (!read) return wrong("--domain: " + read.error());
    domains = *read;
  }
  const auto writer = Writer::of(*call);
  if (!writer) return wrong(writer.error());
  const bool dry = call->has("dry-run");
  if (!dry && !writer->has_sender()) {
    return wrong("who writes? Give --from ADDRESS, or a From: line in the template");
  }
  const auto people = tell(*call, *writer, domains, *range);
  if (!people) return wrong(people.error());
  context.out << (call->has("json") ? json_text(as_json(*people, dry)) : as_text(*people, dry));
  const bool left = std::any_of(people->begin(), people->end(), [](const Person& person) {
    return person.fate == Fate::due || person.fate == Fate::failed ||
           person.fate == Fate::no_address;
  });
  return left ? exit_bad : exit_good;
}

}  // namespace badclients::admin::notify

// badclients-lookup: asks the network about one address, prints what it learns.
//
//   badclients-lookup [--config FILE] < REQUEST           as badclients starts it
//   badclients-lookup [--config FILE] ADDRESS [KIND...]   for an administrator who wants to see it
//
// Request and answer lines: ask/wire/protocol.hpp; what is said in between: ask/wire/dialogue.hpp.
// Exit code 0: all that was wanted is settled, known or failed; 1: no configuration; 2: called
// wrongly; 3: it could not lock itself in (sandbox.hpp). The lines are all there is on standard
// output.

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <cstdlib>
#include <functional>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "ask/wire/dialogue.hpp"
#include "ask/wire/protocol.hpp"
#include "audit/escape.hpp"
#include "base/file.hpp"
#include "budget/redis/shared_permits.hpp"
#include "config/config.hpp"
#include "network/questions/questions.hpp"
#include "network/questions/shared_answer.hpp"
#include "network/sandbox/sandbox.hpp"
#include "network/transport/parent.hpp"
#include "network/transport/threads.hpp"

namespace {

using namespace badclients;
using ask::Request;
using base::Deadline;

struct Arguments {
  std::string config_path{config::default_path};
  std::vector<std::string> words;  ///< an address and kinds; none: the request is on standard input
  std::string help;                ///< to be printed, instead of asking anything
};

/// Error: what is wrong with them.
tl::expected<Arguments, std::string> read_arguments(int argc, char** argv) {
  namespace po = boost::program_options;
  Arguments arguments;
  po::options_description shown("Options");
  shown.add_options()("help,h", "print this")("version", "print name and version")(
      "config", po::value(&arguments.config_path)->value_name("FILE"), "configuration file");
  po::options_description all;
  all.add(shown).add_options()("word", po::value(&arguments.words));
  po::positional_options_description positions;
  positions.add("word", -1);
  try {
    po::variables_map values;
    po::store(po::command_line_parser(argc, argv).options(all).positional(positions).run(), values);
    po::notify(values);
    if (values.count("version") != 0) {
      arguments.help = "badclients-lookup " BADCLIENTS_VERSION "\n";
      return arguments;
    }
    if (values.count("help") == 0) return arguments;
  } catch (const po::error& error) {
    return tl::unexpected<std::string>(error.what());
  }
  std::ostringstream text;
  text << "Usage: badclients-lookup [--config FILE] ADDRESS [KIND...]\n"
          "       badclients-lookup [--config FILE] < REQUEST\n"
          "Asks the network about ADDRESS and prints a line for each fact.\n"
          "KIND: ptr confirmed origin as registration dnsbl:ZONE (all but DNSBLs where none is "
          "named)\n"
       << shown;
  arguments.help = text.str();
  return arguments;
}

/// Up to the request's end, behind which answers of the parent's may come (ask/wire/dialogue.hpp).
/// At most a little more than a request may have; the rest is not worth reading.
std::string read_standard_input() {
  std::string text;
  std::array<char, 16 * 1024> buffer;
  while (text.size() <= ask::longest_request) {
    const auto size = base::read_some(STDIN_FILENO, buffer);
    if (size <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(size));
    if (text == "end\n" || text.ends_with("\nend\n")) break;
  }
  return text;
}

tl::expected<facts::Wanted, std::string> wanted_of(const std::vector<std::string>& kinds) {
  if (kinds.empty()) return facts::Wanted{true, true, true, true, true, {}};
  facts::Wanted wanted;
  for (const auto& kind : kinds) {
    const auto flag = std::ranges::find(facts::Wanted::flags, kind, &facts::Wanted::Flag::name);
    if (flag != facts::Wanted::flags.end()) {
      wanted.*flag->member = true;
    } else if (kind.starts_with("dnsbl:")) {
      wanted.dnsbl_zones.push_back(kind.substr(6));
    } else {
      return tl::unexpected(fmt::format("'{}' is no kind of fact", kind));
    }
  }
  wanted.reverse_names |= wanted.confirmed_names;
  return wanted;
}

tl::expected<ask::Request, std::string> read_request(const std::vector<std::string>& words,
                                                     std::chrono::milliseconds time) {
  if (words.empty()) {
    return ask::decode_request(read_standard_input()).map_error([](const std::string& error) {
      return "request on standard input: " + error;
    });
  }
  const auto address = net::Address::parse(words.front());
  if (!address) return tl::unexpected(address.error());
  auto wanted = wanted_of({words.begin() + 1, words.end()});
  if (!wanted) return tl::unexpected(wanted.error());
  return ask::Request{*address, std::move(*wanted), std::chrono::steady_clock::now() + time, {}};
}

/// Foreign text, fit for a terminal.
std::string visible(std::string_view text) {
  return audit::escaped(text, audit::Place::message, std::numeric_limits<std::size_t>::max());
}

void complain(const std::string& what) {
  fmt::print(stderr, "{}\n", visible(what));
}

/// A line of answer for the terminal; its tabs stay.
std::string visible_line(std::string_view line) {
  std::string text;
  while (!line.empty()) {
    const auto end = std::min(line.find_first_of("\t\n"), line.size());
    text += visible(line.substr(0, end));
    text += line.substr(end, 1);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return text;
}

/// A little before `deadline`, at which we are killed: what went wrong has to be said by then.
base::Deadline earlier(base::Deadline deadline) {
  constexpr std::chrono::milliseconds enough_to_say_so{50};
  const auto left = deadline - std::chrono::steady_clock::now();
  return deadline - std::clamp<base::Deadline::duration>(left / 10, {}, enough_to_say_so);
}

/// Locks itself in, and then asks. `by_hand`: an administrator wants to know what the network says,
/// not the shared cache. The exit code, or it does not return: all was answered.
int answer(const ask::Request& request, const config::Config& settings, bool by_hand) {
  const auto nameservers = network::nameservers(settings.dns);
  const network::Resolver early_resolver(nameservers);
  // Starting it takes milliseconds that a question by DNS spares.
  std::optional<network::Https> https;
  if (network::needs_https(request, settings)) https.emplace(settings.rdap.ca_file);
  const auto place = by_hand ? std::string() : settings.cache.shared;
  cache::SharedCache shared(place, settings.cache.shared_patience,
                            std::bind_front(&network::Resolver::addresses, &early_resolver),
                            complain);
  shared.connect_early();
  const network::Sandbox sandbox{request.deadline, {shared.descriptor()}};
  if (const auto locked_in = network::enter(sandbox); !locked_in) {
    complain("badclients-lookup: asks nothing, for it cannot lock itself in: " + locked_in.error());
    return 3;
  }
  network::Parent parent{STDIN_FILENO, STDOUT_FILENO};
  // Starts a thread with the first question, which must not be before we are locked in.
  network::SourceWatch watch(
      request.silent,
      [&](const auto& source, bool answered) {
        parent.say(ask::encode(ask::SourceNews{source, answered}));
      },
      [&](base::Deadline deadline) { return network::probe(nameservers, deadline); });
  auto* const watching = request.permits ? &watch : nullptr;
  const network::Resolver resolver(nameservers, watching);
  budget::SharedPermits permits(parent, shared, settings.budget, request.purpose);
  const network::QueryContext context{settings,
                                      resolver,
                                      earlier(request.deadline),
                                      request.permits ? &permits : nullptr,
                                      watching,
                                      https ? &*https : nullptr};
  network::answer_with_shared_cache(
      shared, request, context, std::chrono::system_clock::now(),
      [&](const std::string& line) { parent.say(by_hand ? visible_line(line) : line); });
  // All is said. The watch may wait for the nameservers to answer a question of its own, and the
  // login would with it.
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);  // Parent sees that nobody listens; a server that hangs up is no end
  network::make_threads_small();

  const auto arguments = read_arguments(argc, argv);
  if (!arguments) {
    complain("badclients-lookup: " + arguments.error());
    return 2;
  }
  if (!arguments->help.empty()) {
    fmt::print("{}", arguments->help);
    return 0;
  }
  const auto loaded = config::load(arguments->config_path);
  if (!loaded) {
    complain(loaded.error().str());
    return 1;
  }
  const auto& settings = loaded->config;
  const auto request = read_request(arguments->words, settings.lookup.deadline);
  if (!request) {
    complain(request.error());
    return 2;
  }
  return answer(*request, settings, !arguments->words.empty());
}

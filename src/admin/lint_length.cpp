#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "admin/doveconf.hpp"
#include "admin/lint.hpp"
#include "lists/dependencies.hpp"
#include "lists/index.hpp"
#include "lists/index_builder.hpp"

namespace badclients::admin {

namespace {

/// Of a compiled form that nobody keeps. Throws what IndexBuilder does.
std::uintmax_t length_of_index(const std::string& list_path) {
  lists::Dependencies dependencies;
  lists::IndexBuilder builder;
  lists::read_lists(list_path, dependencies, builder);
  return builder.write({}, [](std::string_view, std::uint64_t) {}).length;
}

std::uintmax_t length_of_databases(const config::Config& config) {
  if (!config.general.enable_maxmind) return 0;
  std::uintmax_t sum = 0;
  for (const auto* path :
       {&config.maxmind.geo_city, &config.maxmind.geo_asn, &config.maxmind.anonymous_ip}) {
    std::error_code none;
    const auto size = path->empty() ? 0 : std::filesystem::file_size(*path, none);
    if (!none) sum += size;
  }
  return sum;
}

}  // namespace

std::uintmax_t mapped_by_login(const config::Config& config) {
  return length_of_index(config.general.list_path) + length_of_databases(config);
}

std::optional<Room> room_of_login() {
  const auto said = ask_program("doveconf", {"-n"});
  if (!said || said->code != 0) return Room{};
  const auto services = door_services(read_dovecot_block(said->output));
  if (services.empty()) return Room{};
  std::optional<Room> smallest;
  for (const auto& service : services) {
    const auto& bytes = service.address_space;
    if (bytes && (!smallest || *bytes < smallest->bytes))
      smallest = Room{service.name, *bytes, false};
  }
  return smallest;
}

bool check_length(Lint& lint) {
  const auto& list_path = lint.config.general.list_path;
  const auto cannot = [&](const std::string& why) {
    lint.problems.push_back({Severity::error, list_path, 0, why});
    return false;
  };
  try {
    const auto index = length_of_index(list_path);
    const auto databases = length_of_databases(lint.config);
    const auto& room = lint.room;
    if (!room || index + databases + lists::program_space <= room->bytes) return true;
    lint.say(Severity::error,
             fmt::format("a login maps the index of the lists ({} MiB) and the GeoIP databases ({} "
                         "MiB), which is more than the {} MiB of address space that Dovecot gives "
                         "it{} (try: service {} {{ vsz_limit = {}M }})",
                         index >> 20U, databases >> 20U, room->bytes >> 20U,
                         room->is_default ? " by default" : "", room->service,
                         (index + databases + 2 * lists::program_space) >> 20U));
    return true;
  } catch (const std::length_error& error) {
    return cannot(
        fmt::format("{}; they stay in force as they were when they were shorter", error.what()));
  } catch (const std::exception& error) {
    return cannot(fmt::format("cannot be compiled: {}", error.what()));
  }
}

}  // namespace badclients::admin

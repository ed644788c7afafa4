#pragma once

#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/login.hpp"
#include "lists/index.hpp"
#include "lists/rulebook.hpp"
#include "logs/geo.hpp"
#include "logs/login.hpp"
#include "verdict/subject.hpp"

/// Deciding about logins of the log once more, by what their lines say.
namespace badclients::admin::replay {

/// A login of the log as a login's process would have it.
struct Rebuilt {
  facts::Login login;
  facts::Facts facts;
};

/// What the line says None of is unknown: not asked for, or failed where the line says that
/// something did (facts=partial). What it says is taken for the address' own answer, of one AS, of
/// one reverse name, not confirmed. DNSBLs are in no line; what GeoIP databases knew is in the
/// second, `geo`, where there is one.
Rebuilt rebuild(const logs::Login& logged, const config::Config& config,
                const logs::Geo* geo = nullptr);

/// Whether the log does not say what entries of `field` are compared with, though the login may
/// have known it. `action`: of the entries; reverse names of a log let nobody in, for whether they
/// were confirmed is not logged. `index`: whose rules; where they name persons of RIPE's space, a
/// line with facts=local may lack them.
bool is_untold(const lists::Index& index, const logs::Login& logged,
               const verdict::Subject& subject, lists::Field field, lists::Action action);

}  // namespace badclients::admin::replay

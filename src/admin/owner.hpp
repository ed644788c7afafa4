#pragma once

#include <string>

#include <tl/expected.hpp>

namespace badclients::admin {

/// Where the caller is root and `path` belongs to another user: becomes that user, with its groups,
/// for good. Nothing happens where the caller is not root, or `path` does not exist.
/// Error: it could not be done (and the caller must not go on as root).
tl::expected<void, std::string> become_owner_of(const std::string& path);

/// Becomes the user as whom Dovecot runs badclients, so that root sees what logins see, and leaves
/// no file in the state folder that they cannot write: the owner of `state_path`; where that is
/// root or not there, dovecots_user(), if that user may read the configuration (else it is not
/// Dovecot's). Nothing happens where the caller is not root, or there is no such user. Error: it
/// could not be done (and the caller must not go on as root).
tl::expected<void, std::string> become_dovecots_user(const std::string& state_path,
                                                     const std::string& config_path);

/// The name of the user as whom Dovecot runs badclients, as doveconf(1) says: that of the service
/// badclients (the policy door), where there is one, else that of the auth process. Empty where
/// there is no Dovecot.
std::string dovecots_user();

/// Where the caller is root: becomes the user of that name, with its groups, for good. Error: it
/// could not be done (and the caller must not go on as root).
tl::expected<void, std::string> become_user(const std::string& name);

/// The name of the user as whom Dovecot would run badclients, but who may not read its
/// configuration; empty where that is no fault, or the caller is not root.
std::string kept_from_reading(const std::string& config_path);

/// The name of the user as whom Dovecot, as doveconf(1) says, runs badclients, where `state_path`
/// belongs to somebody else; empty where it does not, or is root's, or where there is no Dovecot.
std::string not_dovecots(const std::string& state_path);

/// The name of user `uid`, or its number.
std::string user_name(unsigned uid);
/// The same of a group.
std::string group_name(unsigned gid);

}  // namespace badclients::admin

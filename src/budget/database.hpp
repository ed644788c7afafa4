#pragma once

#include "base/database.hpp"

/// budget.db: questions that were put to servers, what servers said, and what logins went without.
namespace badclients::budget {

/// question: one that was put, for each count that it counts for (request_log.hpp).
/// server: what one was asked last and what it said (servers.hpp).
/// silence: a source that has not answered since a while (silences.hpp).
/// waiting: a question that there was no budget for (waiting.hpp).
/// missed: what logins were decided without (missed.hpp).
inline constexpr base::Database::Layout layout{
    "budget.db",
    "CREATE TABLE question(scope TEXT NOT NULL, number INTEGER NOT NULL, reached INTEGER NOT NULL,"
    " expires INTEGER NOT NULL, PRIMARY KEY(scope, number)) WITHOUT ROWID;"
    "CREATE INDEX question_by_expiry ON question(expires);"
    "CREATE TABLE server(name TEXT NOT NULL, service TEXT NOT NULL, asked INTEGER NOT NULL,"
    " closed_since INTEGER NOT NULL, closed_until INTEGER NOT NULL, reason TEXT NOT NULL,"
    " expires INTEGER NOT NULL, PRIMARY KEY(name, service)) WITHOUT ROWID;"
    "CREATE TABLE silence(source TEXT PRIMARY KEY, logins INTEGER NOT NULL, since INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE waiting(registry TEXT NOT NULL, about TEXT NOT NULL, since INTEGER NOT NULL,"
    " PRIMARY KEY(registry, about)) WITHOUT ROWID;"
    "CREATE TABLE missed(kind TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL,"
    " PRIMARY KEY(kind, name)) WITHOUT ROWID"};

}  // namespace badclients::budget

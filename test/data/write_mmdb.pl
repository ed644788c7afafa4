#!/usr/bin/perl
# Writes GeoIP databases: write_mmdb.pl FILE <JSON
# JSON: {"type": "GeoLite2-City", "networks": {"139.162.0.0/16": {"city": {"geoname_id": 1}}}}
# Besides, "types": {"city": "utf8_string"} for fields that are not as MaxMind has them, and
# "ip_version": 4. With several FILEs, a list of as many.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use MaxMind::DB::Writer::Tree;

my @files = @ARGV or die "usage: $0 FILE... <JSON\n";
my $input = decode_json(do { local $/; <STDIN> });

# The types of MaxMind's own databases; a key that is not here is text.
my %maxminds_type = (
    (map { $_ => 'map' } qw(city continent country location names postal registered_country
                            represented_country traits)),
    (map { $_ => 'double' } qw(latitude longitude)),
    (map { $_ => 'uint32' } qw(autonomous_system_number geoname_id)),
    (map { $_ => 'uint16' } qw(accuracy_radius metro_code)),
    (map { $_ => 'boolean' } qw(is_anonymous is_anonymous_vpn is_hosting_provider is_public_proxy
                                is_residential_proxy is_tor_exit_node)),
    subdivisions => [ 'array', 'map' ],
);

sub write_database {
    my ($file, $database) = @_;
    my %type = (%maxminds_type, %{ $database->{types} // {} });
    my $ip_version = $database->{ip_version} // 6;
    my $tree = MaxMind::DB::Writer::Tree->new(
        database_type         => $database->{type},
        description           => { en => 'made by a test' },
        ip_version            => $ip_version,
        record_size           => 24,
        alias_ipv6_to_ipv4    => $ip_version == 6,
        remove_reserved_networks => 0,
        map_key_type_callback => sub { $type{ $_[0] } // 'utf8_string' },
    );
    $tree->insert_network($_, $database->{networks}{$_}) for sort keys %{ $database->{networks} };
    open my $out, '>:raw', $file or die "$file: $!\n";
    $tree->write_tree($out);
    close $out or die "$file: $!\n";
}

my @databases = ref $input eq 'ARRAY' ? @$input : ($input);
write_database($files[$_], $databases[$_]) for 0 .. $#files;

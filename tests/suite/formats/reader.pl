# Reads documents of TAP with the parser that comes with Perl, and prints for each how many tests passed, how many failed, and how
# many did neither.
#
# usage: reader.pl FILE...
use strict;
use warnings;
use TAP::Parser;

for my $path (@ARGV) {
    open my $file, '<:encoding(UTF-8)', $path or die "$path: $!";
    my $tap = do { local $/; <$file> };
    # Older ones know version 13, of which version 14 is an extension.
    $tap =~ s/^TAP version 14\n/TAP version 13\n/ or die "$path: no version";
    my $parser = TAP::Parser->new({ tap => $tap });
    my ($passed, $failed, $others, $bails_out) = (0, 0, 0, 0);
    while (my $result = $parser->next) {
        die "$path: " . $result->as_string if $result->is_unknown && $result->as_string ne '';
        $bails_out = 1 if $result->is_bailout;
        next unless $result->is_test;
        if ($result->has_skip || $result->has_todo) { $others++ }
        elsif ($result->is_ok) { $passed++ }
        else { $failed++ }
    }
    # A run that was not played to its end has fewer tests than it had planned, and has to say so.
    my @errors = grep { !/^Bad plan/ || !$bails_out } $parser->parse_errors;
    die "$path: @errors" if @errors;
    print "$passed $failed $others\n";
}

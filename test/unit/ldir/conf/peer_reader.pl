# SPDX-License-Identifier: Apache-2.0
# Reads each file with the functions of the program given in PEER, loaded without its main part, and prints what it
# understood. One process per file, because the reader exits at the first mistake.
use strict; no strict 'refs'; no warnings;
our ($CONFIG, $CFGNAME, $RUNPID, $HOSTNAME, $DAEMON_STATUS, @VIRTUAL, $DEBUG);
our ($CHECKINTERVAL, $AUTOCHECK, $FORKING, $READDQUIESCENT, $SUPERVISED, $LDIRLOG, $CALLBACK, $MAINTDIR, $EMAILALERTFROM);
our (%LD_INSTANCE, $QUIESCENT, $CLEANSTOP, $FALLBACKCOMMAND, $EMAILALERT, $EMAILALERTFREQ, $SMTP, $DAEMON_STATUS_STARTING);
my @files = splice @ARGV;
{
  open my $in, '<', $ENV{PEER} or die; local $/; my $program = <$in>;
  $program =~ s/^\$DAEMON_STATUS = \$DAEMON_STATUS_STARTING;.*?^# functions/# functions/ms or die 'no main part found';
  $program =~ s/^__END__.*//ms;
  eval "no strict; no warnings; package main;\n$program\n1;" or die $@;
}
*{'main::ld_openlog'} = sub { 0 };  # it would create the files
*{'main::ld_log'} = sub { };
*{'main::ld_rm_file'} = sub { };
$DAEMON_STATUS = $DAEMON_STATUS_STARTING;
$HOSTNAME = 'HOST';
$| = 1;
sub text { defined $_[0] ? $_[0] : '' }
sub bool { $_[0] eq 'yes' ? 'true' : 'false' }
for my $file (@files) {
  print "FILE $file\n";
  my $child = fork; die unless defined $child;
  if ($child) { waitpid $child, 0; next }
  open STDERR, '>', '/dev/null';
  $CONFIG = $file;
  main::read_config(); main::ld_setup();
  printf "G %s %s %s %s %s | %s | %s | %s | %s | %s\n", $CHECKINTERVAL, bool($AUTOCHECK), bool($FORKING),
    bool($READDQUIESCENT), bool($SUPERVISED), $LDIRLOG, text($CALLBACK), text($MAINTDIR), text($EMAILALERTFROM),
    join ',', sort keys %LD_INSTANCE;
  for my $v (@VIRTUAL) {
    printf "V %s | %s %s %s | %s | %s %s | %s | %s | %s | %s\n", $$v{flags}, $$v{quiescent} // $QUIESCENT,
      $$v{cleanstop} // $CLEANSTOP, $$v{failurecount}, text($$v{fallbackcommand} // $FALLBACKCOMMAND),
      $$v{emailalert} // $EMAILALERT, $$v{emailalertfreq} // $EMAILALERTFREQ, text($$v{smtp} // $SMTP),
      text($$v{monitorfile}), text($$v{servicename}), text($$v{comment});
    my $f = main::fallback_find($v);
    print "F $$f{server}:", $$f{port} || 0, " $$f{forward}\n" if $f && $$f{server};
    for my $r (@{$$v{real}}) {
      printf "R %s:%s %s %s %s %s | %s %s %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s %s %s %s\n", $$r{server},
        $$r{port}, $$r{forward}, $$r{weight}, $$r{'u-threshold'} || 0, $$r{'l-threshold'} || 0, $$v{checktype},
        $$v{num_connects}, $$v{service}, $$r{request}, $$r{receive}, text($$v{virtualhost}), $$v{httpmethod}, $$v{login},
        $$v{passwd}, $$v{database}, $$v{secret}, $$v{checkcommand}, $$v{checktimeout}, $$v{negotiatetimeout},
        $$v{checkcount}, main::ld_checkport($v, $r) || 0;
    }
  }
  print "OK\n";
  POSIX::_exit(0);
}

using Rollcall.Dns;
using Rollcall.Dns.Records;

namespace Rollcall.Agent.Dns;

/// <summary>Looks for a host's name that stands in an answer.</summary>
/// <param name="host">The name.</param>
/// <param name="left">How often names may be looked for, one within the other; 0: not any more.</param>
/// <param name="scratch">The thread's own, in use by the answer.</param>
/// <returns>The records of the name and of those that it is an alias of, in their order; empty: there are none.</returns>
internal delegate IReadOnlyList<DnsRecord> HostLookup(scoped DnsName host, int left, DnsScratch scratch);

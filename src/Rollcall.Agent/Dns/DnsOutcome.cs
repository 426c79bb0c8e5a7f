namespace Rollcall.Agent.Dns;

/// <summary>What becomes of a question.</summary>
internal enum DnsOutcome
{
    /// <summary>There is an answer.</summary>
    Answered,

    /// <summary>It is none; who sent it is not answered.</summary>
    Ignored,

    /// <summary>It is for another server. The answer to give if there is none was written.</summary>
    Forward,

    /// <summary>Other servers are to be asked for hosts that it names (<see cref="ForeignHosts.Wanted"/>). The answer without them was written.</summary>
    FindHosts,
}

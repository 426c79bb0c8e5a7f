namespace Rollcall.Agent.Dns;

/// <summary>What there is about a name of the zone.</summary>
internal enum DnsFinding
{
    /// <summary>The name does not exist.</summary>
    Unknown,

    /// <summary>It exists, but there is nothing of the kind that was asked for.</summary>
    Empty,

    /// <summary>It exists, and what there is to say was said.</summary>
    Found,
}

namespace Rollcall.Dns;

/// <summary>The parts of a message after its questions, in their order.</summary>
public enum DnsSection
{
    /// <summary>What was asked for.</summary>
    Answer,

    /// <summary>Who is responsible for the name.</summary>
    Authority,

    /// <summary>What may be of use.</summary>
    Additional,
}

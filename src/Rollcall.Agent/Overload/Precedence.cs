namespace Rollcall.Agent.Overload;

/// <summary>Which requests are refused first when memory runs out.</summary>
internal enum Precedence
{
    /// <summary>Adds to the state: first.</summary>
    Growing,

    /// <summary>Reads, and what is registered: when little is left.</summary>
    Ordinary,

    /// <summary>Frees memory, keeps a service or a lock alive, or tells how the agent is: never.</summary>
    Vital,
}

namespace Rollcall.Consul.Wire;

/// <summary>
/// An agent that runs in the same host as its clients. It is a service of the container there: that is how clients and agent, which know nothing of each
/// other, find together. Thread-safe.
/// </summary>
public interface IEmbeddedAgent
{
    /// <summary>Where clients in the same process reach the agent, known before it has started. Null: not by an address.</summary>
    Uri? Address { get; }
}

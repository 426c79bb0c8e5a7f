namespace Rollcall.Agent;

/// <summary>An agent could not be started. The message names the setting and the way out.</summary>
public sealed class ConsulAgentException : Exception
{
    /// <summary>With the message that a person is to read.</summary>
    public ConsulAgentException(string message)
        : base(message)
    {
    }

    /// <summary>With the message that a person is to read, and what caused it.</summary>
    public ConsulAgentException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

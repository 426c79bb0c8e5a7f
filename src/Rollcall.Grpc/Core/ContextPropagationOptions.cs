namespace Grpc.Core;

/// <summary>What a <see cref="ContextPropagationToken"/> passes on. Immutable.</summary>
public class ContextPropagationOptions
{
    /// <summary>Passes both on.</summary>
    public static readonly ContextPropagationOptions Default = new();

    /// <summary>Options; both default to true.</summary>
    public ContextPropagationOptions(bool propagateDeadline = true, bool propagateCancellation = true)
    {
        IsPropagateDeadline = propagateDeadline;
        IsPropagateCancellation = propagateCancellation;
    }

    /// <summary>True when the deadline is passed on.</summary>
    public bool IsPropagateDeadline { get; }

    /// <summary>True when cancellation is passed on.</summary>
    public bool IsPropagateCancellation { get; }
}

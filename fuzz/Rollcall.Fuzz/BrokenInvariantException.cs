using System.Diagnostics.CodeAnalysis;

namespace Rollcall.Fuzz;

/// <summary>The code under test did something that it never may.</summary>
internal sealed class BrokenInvariantException(string message) : Exception(message)
{
    public static void Unless([DoesNotReturnIf(false)] bool condition, string message)
    {
        if (!condition)
        {
            throw new BrokenInvariantException(message);
        }
    }
}

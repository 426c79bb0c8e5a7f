using System.Reflection;
using Xunit.Sdk;

namespace Rollcall.TestKit;

/// <summary>One row of a theory that needs a real Consul; it is skipped, with the reason, where there is none, and the other rows run.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class RequiresConsulInlineDataAttribute : DataAttribute
{
    private readonly object?[] _data;

    /// <summary>Looks for the program.</summary>
    public RequiresConsulInlineDataAttribute(params object?[] data)
    {
        _data = data;
        Skip = RealConsul.MissingReason;
    }

    /// <inheritdoc/>
    public override IEnumerable<object?[]> GetData(MethodInfo testMethod) => [_data];
}

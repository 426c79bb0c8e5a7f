using System.Reflection;
using Xunit.Sdk;

namespace Rollcall.Conformance.Tests;

/// <summary>Gives a theory the agent as its first argument, with each value of a static property as the second if one is named.</summary>
public abstract class AgentDataAttribute(AgentKind kind, string? rows) : DataAttribute
{
    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod)
    {
        ArgumentNullException.ThrowIfNull(testMethod);
        if (rows is null)
        {
            return [[kind]];
        }

        var property = testMethod.DeclaringType!.GetProperty(rows, BindingFlags.Public | BindingFlags.Static)
            ?? throw new InvalidOperationException($"{testMethod.DeclaringType.Name} has no public static property {rows}.");
        return ((IEnumerable<string>)property.GetValue(null)!).Select(row => new object[] { kind, row });
    }
}

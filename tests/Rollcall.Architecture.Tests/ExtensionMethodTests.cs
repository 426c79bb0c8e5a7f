using System.Reflection;
using System.Runtime.CompilerServices;

namespace Rollcall.Architecture.Tests;

public class ExtensionMethodTests
{
    // Nobody else's names, with values as ASP.NET Core's AddCheck has them.
    private static readonly string[] s_exempt = ["AddServiceConfigCheck", "AddServiceRegistrationCheck"];

    // Other packages have extensions of the same name on the same types. Of two that fit, C# prefers the one that needs no default filled in, and calls
    // it without a word: theirs, where ours has an optional parameter. Without one, the call is ambiguous and does not compile (CS0121).
    [Fact]
    public void ExtensionsOfOthersTypes_HaveNoOptionalParameters_UnlessTheirNameIsRollcalls()
    {
        var extensions = Extensions().ToList();
        Assert.True(extensions.Count >= 30, $"Only {extensions.Count} extension methods were found.");

        var faults = extensions
            .Where(static m => m.GetParameters().Any(static p => p.IsOptional))
            .Where(m => !m.Name.Contains("Rollcall", StringComparison.Ordinal) && !s_exempt.Contains(m.Name))
            .Select(static m => $"{m.DeclaringType!.Name}.{MemberText.Of(m)}").ToList();

        Assert.True(
            faults.Count == 0,
            $"A method of the same name in another package would be called instead, unnoticed. Give each an overload without the parameter:\n{string.Join('\n', faults)}");
    }

    [Theory]
    [InlineData("IServiceCollection", "AddServiceDiscovery")]
    [InlineData("IHttpClientBuilder", "AddServiceDiscovery")]
    [InlineData("IServiceCollection", "AddConsulClient")]
    [InlineData("IServiceCollection", "AddServiceConfig")]
    [InlineData("IServiceCollection", "AddGrpc")]
    public void MethodThatNeedsNoOptions_TakesNothingButItsReceiver(string receiver, string name) =>
        Assert.True(
            Extensions().Any(m => m.Name == name && m.GetParameters() is [var only] && only.ParameterType.Name == receiver),
            $"{name} has no overload with nothing but its {receiver}.");

    private static IEnumerable<MethodInfo> Extensions() => SourceAssemblies.All.Values.SelectMany(static a => a.GetExportedTypes())
        .SelectMany(static t => t.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly))
        .Where(static m => m.IsDefined(typeof(ExtensionAttribute)) && !SourceAssemblies.All.Values.Contains(m.GetParameters()[0].ParameterType.Assembly));
}

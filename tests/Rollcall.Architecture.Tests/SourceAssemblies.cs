using System.Reflection;
using System.Runtime.CompilerServices;

namespace Rollcall.Architecture.Tests;

/// <summary>The assemblies of src/, which lie beside this one because it references them all.</summary>
internal static class SourceAssemblies
{
    /// <summary>By project name; the command's assembly is called <c>rollcall</c>.</summary>
    internal static readonly IReadOnlyDictionary<string, Assembly> All = ProjectGraph.Allowed.Keys.ToDictionary(
        project => project,
        project => Assembly.Load(project == "Rollcall.Cli" ? "rollcall" : project));

    /// <summary>Types that somebody wrote. The generator of gRPC clients marks their members only.</summary>
    internal static IEnumerable<Type> WrittenTypes(Assembly assembly) =>
        assembly.GetTypes().Where(t =>
            !t.Name.Contains('<', StringComparison.Ordinal)
            && !t.IsDefined(typeof(CompilerGeneratedAttribute))
            && !t.IsDefined(typeof(System.CodeDom.Compiler.GeneratedCodeAttribute))
            && !t.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                .Any(c => c.IsDefined(typeof(System.CodeDom.Compiler.GeneratedCodeAttribute)))
            && t.Namespace?.StartsWith("Rollcall", StringComparison.Ordinal) == true);
}

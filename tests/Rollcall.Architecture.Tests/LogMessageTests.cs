using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Rollcall.Architecture.Tests;

public class LogMessageTests
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static TheoryData<string> Projects => ReferenceTests.Projects;

    // The compiler compares the ids of one class only; two classes of an assembly easily choose the same.
    [Theory]
    [MemberData(nameof(Projects))]
    public void EventIds_AreUniqueInTheAssembly(string project)
    {
        var messages = Messages(project);
        var faults = messages.Where(m => m.Id <= 0).Select(m => $"{m.Where} has no event id: number it.")
            .Concat(messages.Where(m => m.Id > 0).GroupBy(m => m.Id).Where(g => g.Count() > 1)
                .Select(g => $"Event id {g.Key} is used by {string.Join(" and ", g.Select(m => m.Where))}: give one of them a free id."))
            .Concat(messages.GroupBy(m => m.Name).Where(g => g.Count() > 1)
                .Select(g => $"Event name {g.Key} is used by {string.Join(" and ", g.Select(m => m.Where))}: rename one."))
            .ToList();

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Messages_AreDeclaredInANestedLogClass(string project)
    {
        var elsewhere = Messages(project).Where(m => m.Declaring is not { Name: "Log", IsNested: true }).Select(m => m.Where).ToList();
        Assert.True(
            elsewhere.Count == 0,
            $"Move to a nested static partial class Log in X.Log.cs: {string.Join(", ", elsewhere)}");
    }

    private static List<(int Id, string Name, string Where, Type? Declaring)> Messages(string project) =>
    [
        .. from type in SourceAssemblies.All[project].GetTypes()
           from method in type.GetMethods(Any)
           let message = method.GetCustomAttribute<LoggerMessageAttribute>()
           where message is not null
           select (message.EventId, message.EventName ?? method.Name, $"{type.FullName}.{method.Name}", type),
    ];
}

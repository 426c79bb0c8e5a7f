using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Rollcall.Architecture.Tests;

/// <summary>What users of an assembly can see, as lines of text in a stable order: one for each type, and one for each of its members.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static IReadOnlyList<string> Describe(Assembly assembly) =>
    [
        .. assembly.GetTypes().Where(IsVisible).OrderBy(FullName, StringComparer.Ordinal).SelectMany(type =>
            Members(type).Order(StringComparer.Ordinal).Select(member => $"{FullName(type)}.{member}").Prepend(Header(type))),
    ];

    private static string Header(Type type)
    {
        var header = $"{Kind(type)} {FullName(type)}";
        var bases = type.IsEnum || type.IsSubclassOf(typeof(Delegate)) ? [] : Bases(type).Select(t => TypeText.Of(t)).ToList();
        return header + (bases.Count > 0 ? $" : {string.Join(", ", bases)}" : "") + TypeText.Constraints(type.GetGenericArguments());
    }

    private static string Kind(Type type)
    {
        if (type.IsSubclassOf(typeof(Delegate)))
        {
            return "delegate";
        }

        if (type.IsEnum)
        {
            return type.IsDefined(typeof(FlagsAttribute)) ? "flags enum" : "enum";
        }

        if (type.IsInterface)
        {
            return "interface";
        }

        if (type.IsValueType)
        {
            return type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly struct" : "struct";
        }

        var what = type.GetMethod("<Clone>$") is null ? "class" : "record";
        return type switch
        {
            { IsAbstract: true, IsSealed: true } => $"static {what}",
            { IsAbstract: true } => $"abstract {what}",
            { IsSealed: true } => $"sealed {what}",
            _ => what,
        };
    }

    private static IEnumerable<Type> Bases(Type type)
    {
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
        {
            yield return parent;
        }

        var inherited = type.BaseType?.GetInterfaces() ?? [];
        var own = type.GetInterfaces().Except(inherited).Where(i => i.IsVisible).ToList();
        foreach (var contract in own.Where(i => !own.Any(other => other.GetInterfaces().Contains(i))).OrderBy(t => TypeText.Of(t), StringComparer.Ordinal))
        {
            yield return contract;
        }
    }

    private static IEnumerable<string> Members(Type type)
    {
        // The members of a message follow from its .proto file.
        if (type.IsAssignableTo(typeof(IMessage)))
        {
            return [];
        }

        if (type.IsEnum)
        {
            return type.GetFields(BindingFlags.Static | BindingFlags.Public)
                .Select(f => $"{f.Name} = {Convert.ToInt64(f.GetRawConstantValue(), CultureInfo.InvariantCulture)}");
        }

        if (type.IsSubclassOf(typeof(Delegate)))
        {
            return [MemberText.Of(type.GetMethod("Invoke")!)];
        }

        return type.GetConstructors(Declared).Where(c => !c.IsStatic && IsVisible(c)).Select(MemberText.Of)
            .Concat(type.GetMethods(Declared).Where(IsWritten).Select(MemberText.Of))
            .Concat(type.GetProperties(Declared).Where(p => p.GetAccessors(nonPublic: true).Any(a => IsVisible(a) && !IsOverride(a))).Select(MemberText.Of))
            .Concat(type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly).Select(MemberText.Of))
            .Concat(type.GetEvents(Declared).Where(e => IsVisible(e.AddMethod!)).Select(MemberText.Of));
    }

    /// <summary>Not an accessor, not made by the compiler, and not an override, which nobody has to know of to call it.</summary>
    private static bool IsWritten(MethodInfo method) =>
        IsVisible(method)
        && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal))
        && !method.IsDefined(typeof(CompilerGeneratedAttribute))
        && !IsOverride(method);

    private static bool IsOverride(MethodInfo method) => method.GetBaseDefinition() != method;

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    /// <summary>To whoever references or derives.</summary>
    private static bool IsVisible(Type type) =>
        type.DeclaringType is { } outer
            ? IsVisible(outer) && (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem)
            : type.IsPublic;

    private static string FullName(Type type) =>
        type.DeclaringType is { } outer ? $"{FullName(outer)}.{TypeText.Own(type)}" : $"{type.Namespace}.{TypeText.Own(type)}";
}

using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Rollcall.Architecture.Tests;

/// <summary>Members as C# would declare them, the name first, so that a list of them sorts by it.</summary>
internal static class MemberText
{
    public static string Of(ConstructorInfo constructor) => $"#ctor({Parameters(constructor)}){Access(constructor)}";

    public static string Of(MethodInfo method)
    {
        var nullability = new NullabilityInfoContext();
        var generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(t => t.Name))}>" : "";
        var extension = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return $"{method.Name}{generic}({extension}{Parameters(method)}) -> {TypeText.Of(method.ReturnType, nullability.Create(method.ReturnParameter))}"
            + TypeText.Constraints(method.IsGenericMethod ? method.GetGenericArguments() : []) + Access(method) + Obsolete(method);
    }

    public static string Of(PropertyInfo property)
    {
        var accessors = string.Concat(new[] { property.GetMethod, property.SetMethod }.OfType<MethodInfo>()
            .Where(a => a.IsPublic || a.IsFamily || a.IsFamilyOrAssembly)
            .Select(a => a == property.GetMethod ? " get;" : IsInit(a) ? " init;" : " set;"));
        var index = property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{string.Join(", ", parameters.Select(Parameter))}]" : "";
        var text = TypeText.Of(property.PropertyType, new NullabilityInfoContext().Create(property));
        var accessor = property.GetAccessors(nonPublic: true).First(a => a.IsPublic || a.IsFamily || a.IsFamilyOrAssembly);
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? " required" : "";
        return $"{property.Name}{index} {{{accessors} }} -> {text}{Access(accessor)}{required}{Obsolete(property)}";
    }

    public static string Of(FieldInfo field)
    {
        var constant = field.IsLiteral ? $" = {Value(field.GetRawConstantValue())}" : "";
        var modifiers = field.IsLiteral ? " const" : (field.IsStatic ? " static" : "") + (field.IsInitOnly ? " readonly" : "");
        return $"{field.Name}{constant} -> {TypeText.Of(field.FieldType, new NullabilityInfoContext().Create(field))}{modifiers}{Obsolete(field)}";
    }

    public static string Of(EventInfo @event) => $"{@event.Name} -> event {TypeText.Of(@event.EventHandlerType!)}";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var kind = parameter switch
        {
            { IsOut: true } => "out ",
            { IsIn: true, ParameterType.IsByRef: true } => "in ",
            { ParameterType.IsByRef: true } => "ref ",
            _ when parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) => "params ",
            _ => "",
        };
        var text = TypeText.Of(parameter.ParameterType, new NullabilityInfoContext().Create(parameter));
        return $"{kind}{text} {parameter.Name}{(parameter.HasDefaultValue ? $" = {Value(parameter.RawDefaultValue)}" : "")}";
    }

    private static string Access(MethodBase method) =>
        (method.IsStatic ? " static" : "") + (method.IsPublic ? "" : " protected") + Inheritance(method);

    private static string Inheritance(MethodBase method)
    {
        if (method.DeclaringType!.IsInterface)
        {
            return method.IsAbstract || method.IsStatic ? "" : " default";
        }

        return method.IsAbstract ? " abstract" : method is { IsVirtual: true, IsFinal: false } ? " virtual" : "";
    }

    private static string Obsolete(MemberInfo member) => member.IsDefined(typeof(ObsoleteAttribute)) ? " obsolete" : "";

    private static bool IsInit(MethodInfo setter) =>
        setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static string Value(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
